const LONGEST = 120;

/** A name out of an archive as a message can show it: quoted, without control characters, and not endless. */
export function shownName(name: Buffer | string): string {
  const text = name.toString();
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}
