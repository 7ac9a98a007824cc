const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const DOMAIN = '(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*(?::\\d+)?';
const REFERENCE = new RegExp(
  `^(?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);

/** What is wrong with an image's name as typed; undefined where nothing is (distribution reference grammar). */
export function tagProblem(text: string): string | undefined {
  if (text.trim() === '') return 'A name is needed.';
  if (REFERENCE.test(text)) return undefined;
  if (/[A-Z]/.test(text.replace(/:[^/]*$/, ''))) return 'An image name is written in lower case.';
  return `“${text}” is not an image name: write name:tag or registry/name:tag.`;
}

/** The name to suggest for a build: of the folder, and of the stage as tag where one is built. */
export function suggestTag(folder: string, stage?: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const tag = stage?.replace(/[^A-Za-z0-9_.-]+/g, '-');
  return `${name === '' ? 'image' : name}:${tag || 'latest'}`;
}
