import { readFile } from 'node:fs/promises';
import { hasErrno } from './errno.ts';

/** Numbers from `first` to `last`, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Reads a list as cpuset(7) has them: `0-2,4`; undefined for what is none. */
export function parseList(text: string): Range[] | undefined {
  const ranges: Range[] = [];
  for (const part of text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    if (match === null || last < first) return undefined;
    ranges.push({ first, last });
  }
  return ranges;
}

/** Writes numbers, which must ascend, as such a list. */
export function formatList(numbers: readonly number[]): string {
  const ranges: Range[] = [];
  for (const number of numbers) {
    const open = ranges.at(-1);
    if (open?.last === number - 1) ranges[ranges.length - 1] = { first: open.first, last: number };
    else ranges.push({ first: number, last: number });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** Whether all of a range is among numbers that ascend. */
export function holds(numbers: readonly number[], { first, last }: Range): boolean {
  const inside = numbers.filter((number) => number >= first && number <= last);
  return inside.length === last - first + 1;
}

/** The machine's nodes that have memory: 0 alone where the kernel knows of no nodes. */
export async function memoryNodes(): Promise<number[]> {
  try {
    const ranges = parseList((await readFile('/sys/devices/system/node/has_memory', 'utf8')).trim()) ?? [];
    return ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'EACCES')) return [0];
    throw error;
  }
}
