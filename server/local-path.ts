import { fileURLToPath, pathToFileURL } from 'node:url';

/** The path that a URI names on this machine; undefined for an unsaved document, a share of another machine, and what is no file. */
export function localPath(uri: string): string | undefined {
  if (!/^file:\/\/(?:localhost)?\/(?!.*%2f)/i.test(uri)) return undefined;
  try {
    return fileURLToPath(uri);
  } catch (error) {
    // A percent sign that encodes nothing.
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** A file's URI as VS Code spells it, which encodes more than Node: `/@a/Dockerfile` is `file:///%40a/Dockerfile`. */
export function uriOf(path: string): string {
  const { pathname } = pathToFileURL(path);
  const drive = pathname.replace(/^\/[A-Z]:/, (name) => name.toLowerCase());
  return `file://${drive.split('/').map(encoded).join('/')}`;
}

function encoded(name: string): string {
  const hex = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(decodeURIComponent(name)).replace(/[!'()*]/g, hex);
}
