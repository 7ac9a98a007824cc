import type { ContainerRecord } from './record.ts';

/** What `docker logs --details` shows before each line: labels and variables that the log options name. */
export function logDetails({ config, hostConfig }: Pick<ContainerRecord, 'config' | 'hostConfig'>): string {
  const options: Readonly<Record<string, string>> = hostConfig.LogConfig.Config;
  const variables = Object.fromEntries(
    config.Env.map((each) => [each.split('=', 1)[0]!, each.slice(each.indexOf('=') + 1)]),
  );
  const found = [...named(options.labels, config.Labels), ...named(options.env, variables)];
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
