import { parseReference } from '../../core/image/reference.ts';

/** What is wrong with an image's name as typed; undefined where nothing is. */
export function tagProblem(text: string): string | undefined {
  if (text.trim() === '') return 'A name is needed.';
  const parsed = parseReference(text);
  if (parsed.ok) return undefined;
  return /lowercase/.test(parsed.problem)
    ? 'An image name is written in lower case.'
    : `“${text}” is not an image name: write name:tag or registry/name:tag.`;
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
