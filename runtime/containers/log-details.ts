import type { ContainerRecord } from './record.ts';

type Named = Pick<ContainerRecord, 'id' | 'name' | 'image' | 'imageId' | 'config' | 'hostConfig'>;

/** What `docker logs --details` shows before each line: labels and variables that the log options name, and the tag. */
export function logDetails(record: Named): string {
  const { config, hostConfig } = record;
  const options: Readonly<Record<string, string>> = hostConfig.LogConfig.Config;
  const variables = Object.fromEntries(
    config.Env.map((each) => [each.split('=', 1)[0]!, each.slice(each.indexOf('=') + 1)]),
  );
  const tag = options.tag ? [['tag', tagOf(options.tag, record)] as [string, string]] : [];
  const found = [...named(options.labels, config.Labels), ...named(options.env, variables), ...tag];
  return found
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join(',');
}

function named(list: string | undefined, values: Readonly<Record<string, string>>): [string, string][] {
  return (list ?? '').split(',').flatMap((name) => {
    const value = values[name];
    return name === '' || value === undefined ? [] : [[name, value] as [string, string]];
  });
}

/** `{{.Name}}/{{.ID}}`, as Docker's log drivers name a container. */
function tagOf(template: string, { id, name, image, imageId }: Named): string {
  const plainImage = imageId.replace(/^sha256:/, '');
  const words: Readonly<Record<string, string>> = {
    ...{ ID: id.slice(0, 12), FullID: id, Name: name, DaemonName: 'docker' },
    ...{ ImageID: plainImage.slice(0, 12), ImageFullID: imageId, ImageName: image },
  };
  return template.replace(/\{\{\s*\.(\w+)\s*\}\}/g, (whole, word: string) => words[word] ?? whole);
}
