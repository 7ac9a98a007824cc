import type { Place } from './place.ts';

/** A place in an array of strings: what is typed of the string that is open there, and how many stand before it. */
export interface JsonPlace {
  /** Undefined between strings. */
  readonly typed: string | undefined;
  readonly stringsBefore: number;
}

/** The place in JSON form; undefined where the instruction does not have that. */
export function jsonPlace({ before }: Place): JsonPlace | undefined {
  const array = /^\S+\s+(?:--\S+\s+)*\[(.*)$/s.exec(before)?.[1];
  if (array === undefined) return undefined;
  const strings = array.split(/(?<!\\)"/);
  const isOpen = strings.length % 2 === 0;
  return { typed: isOpen ? strings.at(-1) : undefined, stringsBefore: Math.floor((strings.length - 1) / 2) };
}
