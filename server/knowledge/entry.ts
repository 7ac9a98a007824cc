/** Something that may be written, and what it does. */
export interface Entry {
  readonly name: string;
  readonly text: string;
}

/** Entries of a table from names to texts, in its order. */
export function entries(table: Readonly<Record<string, string>>): readonly Entry[] {
  return Object.entries(table).map(([name, text]) => ({ name, text }));
}
