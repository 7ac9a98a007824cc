/** So many characters are compared at once. */
const CHUNK = 1024;

/** How many characters two texts have in common at their start. */
export function commonPrefix(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length + CHUNK <= most && a.startsWith(b.slice(length, length + CHUNK), length)) length += CHUNK;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}

/** How many they have in common at their end, but for no more than so many. */
export function commonSuffix(a: string, b: string, most: number): number {
  const endsWith = (length: number): boolean =>
    a.startsWith(b.slice(b.length - length, b.length - length + CHUNK), a.length - length);
  let length = 0;
  while (length + CHUNK <= most && endsWith(length + CHUNK)) length += CHUNK;
  while (length < most && a.charCodeAt(a.length - 1 - length) === b.charCodeAt(b.length - 1 - length)) length++;
  return length;
}
