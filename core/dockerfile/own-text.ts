/**
 * The same text, held by itself. A part of a string keeps the whole string in memory: what outlives a version of a document
 * must not keep that version.
 */
export function ownText(text: string): string {
  return ` ${text}`.slice(1);
}
