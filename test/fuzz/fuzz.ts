import { isDeepStrictEqual } from 'node:util';
import { DockerfileReader } from '../../core/dockerfile/dockerfile-reader.ts';
import { plain } from '../../core/dockerfile/plain.test-support.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import type { ShellReader } from '../../core/shell/shell-script.ts';
import { type Random, randomOf } from '../faults/random.ts';
import { inspectFindings, inspectFormatting, inspectTree } from './inspect.ts';
import { mutated } from './mutate.ts';
import { SEEDS } from './seeds.ts';

/** Milliseconds of a processor that one look at a text may take. */
export const LIMIT = 50;

/** A text that something does not hold for. */
export interface Breach {
  /** Which of the run's texts. */
  readonly index: number;
  readonly complaint: string;
  readonly text: string;
}

/** What is looked at, and of how many texts one. */
const CHECKS: readonly (readonly [number, (text: string, shell: ShellReader) => string[]])[] = [
  [1, inspectTree],
  [4, inspectFindings],
  [8, inspectFormatting],
];
const READ_AGAIN = 4;

/** Looks at so many made-up texts; the same seed makes the same ones. Stops after the tenth breach. */
export function* fuzz(count: number, seed: number, shell: ShellReader, from = 0): Generator<Breach> {
  let found = 0;
  for (let index = from; index < from + count && found < 10; index++) {
    const random = randomOf(Math.imul(seed, 0x9e3779b1) + index);
    const text = mutated(SEEDS, random);
    for (const complaint of complaintsOf(text, index, random, shell)) {
      found++;
      yield { index, complaint, text };
    }
  }
}

function complaintsOf(text: string, index: number, random: Random, shell: ShellReader): string[] {
  const complaints: string[] = [];
  for (const [share, check] of CHECKS) {
    if (index % share === 0) complaints.push(...attempt(check.name, () => check(text, shell)));
  }
  if (index % READ_AGAIN === 0) complaints.push(...attempt('reading again', () => readAgain(text, random)));
  return [...new Set(complaints)];
}

/** What was read as a change of another text is what is read by itself. */
function readAgain(text: string, random: Random): string[] {
  const reader = new DockerfileReader();
  reader.read(mutated([text], random));
  return isDeepStrictEqual(plain(reader.read(text)), plain(readDockerfile(text)))
    ? []
    : ['a changed text is read otherwise'];
}

function attempt(what: string, check: () => string[]): string[] {
  try {
    const { complaints, took } = timed(check);
    // What was slow by chance is not slow again.
    if (took <= LIMIT || timed(check).took <= LIMIT || timed(check).took <= LIMIT) return complaints;
    return [...complaints, `${what} takes more than ${LIMIT} ms`];
  } catch (error) {
    return [`${what} throws: ${error instanceof Error ? error.stack : String(error)}`];
  }
}

function timed(check: () => string[]): { complaints: string[]; took: number } {
  const before = process.cpuUsage();
  const complaints = check();
  const { user, system } = process.cpuUsage(before);
  return { complaints, took: (user + system) / 1000 };
}
