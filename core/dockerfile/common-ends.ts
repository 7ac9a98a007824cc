/** So many characters are compared at once; where they differ, fewer. */
const CHUNKS = [16_384, 1024, 64, 8];

/** How many characters two texts have in common at their start. */
export function commonPrefix(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  for (const chunk of CHUNKS) {
    while (length + chunk <= most && a.slice(length, length + chunk) === b.slice(length, length + chunk))
      length += chunk;
  }
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}

/** How many they have in common at their end, but for no more than so many. */
export function commonSuffix(a: string, b: string, most: number): number {
  const before = (text: string, length: number, chunk: number): string =>
    text.slice(text.length - length - chunk, text.length - length);
  let length = 0;
  for (const chunk of CHUNKS) {
    while (length + chunk <= most && before(a, length, chunk) === before(b, length, chunk)) length += chunk;
  }
  while (length < most && a.charCodeAt(a.length - 1 - length) === b.charCodeAt(b.length - 1 - length)) length++;
  return length;
}
