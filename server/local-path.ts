import { fileURLToPath } from 'node:url';

/** The path that a URI names on this machine; undefined for an unsaved document, a share of another machine, and what is no file. */
export function localPath(uri: string): string | undefined {
  return /^file:\/\/(?:localhost)?\/(?!.*%2f)/i.test(uri) ? fileURLToPath(uri) : undefined;
}
