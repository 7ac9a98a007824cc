import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { expandWord } from '../../core/dockerfile/expand.ts';
import { parseSyntax } from '../../core/dockerfile/parse.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import { type BuildKitInstruction, describeInstruction, printTree } from './buildkit-syntax.ts';

/** How many cases came out as BuildKit has them, and which did not. */
export interface Score {
  readonly name: string;
  readonly total: number;
  readonly failures: readonly { readonly id: string; readonly got: unknown; readonly expected: unknown }[];
}

interface DockerfileVector {
  readonly id: string;
  readonly dockerfile?: string;
  readonly b64?: string;
  readonly expect: {
    readonly parseError: string | null;
    readonly ast: string | null;
    readonly instructions?: readonly BuildKitInstruction[];
    readonly emptyContinuationLines: readonly number[];
    readonly lintError: { readonly message: string; readonly line: number | null } | null;
  };
}

interface ExpansionVector {
  readonly id: string;
  readonly kind: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly expected?: unknown;
  readonly matches?: readonly string[];
  readonly unmatched?: readonly string[];
  readonly error?: boolean;
}

/** Scores the parser against the vectors of a folder. */
export async function scoreAll(folder: string): Promise<readonly Score[]> {
  const lines = (await readFile(`${folder}/dockerfile-vectors.jsonl`, 'utf8')).trim().split('\n');
  const vectors = lines.map((line): DockerfileVector => JSON.parse(line));
  const expansions: ExpansionVector[] = JSON.parse(await readFile(`${folder}/word-expansion-vectors.json`, 'utf8'));
  return [
    score('syntax tree', vectors, syntaxTree),
    score('instructions and their lines', vectors, instructions),
    score('errors of instructions', vectors.filter(hasInstructionError), instructionErrors),
    score('word expansion', expansions, expansion),
  ];
}

interface Comparison {
  readonly got: unknown;
  readonly expected: unknown;
}

function score<V extends { readonly id: string }>(
  name: string,
  vectors: readonly V[],
  compare: (vector: V) => Comparison,
): Score {
  const failures = vectors.flatMap((vector) => {
    const { got, expected } = compare(vector);
    return isDeepStrictEqual(got, expected) ? [] : [{ id: vector.id, got, expected }];
  });
  return { name, total: vectors.length, failures };
}

function textOf({ dockerfile, b64 }: DockerfileVector): string {
  return dockerfile ?? Buffer.from(b64 ?? '', 'base64').toString('utf8');
}

function syntaxTree(vector: DockerfileVector): Comparison {
  const { value, problems } = parseSyntax(textOf(vector));
  const [error] = problems;
  const { parseError, ast } = vector.expect;
  return {
    got: error === undefined ? { ast: printTree(value) } : { error: error.message },
    expected: parseError === null ? { ast } : { error: parseError },
  };
}

function instructions(vector: DockerfileVector): Comparison {
  const { value, problems } = parseSyntax(textOf(vector));
  const { expect } = vector;
  const empty = value.instructions
    .filter(({ emptyContinuationLines }) => emptyContinuationLines.length > 0)
    .map(({ commandEndLine }) => commandEndLine + 1);
  if (problems.length > 0) return { got: undefined, expected: expect.instructions };
  return {
    got: { instructions: value.instructions.map(describeInstruction), empty },
    expected: { instructions: expect.instructions, empty: expect.emptyContinuationLines },
  };
}

const PREFIX = /^dockerfile parse error on line \d+: /;

/** Errors that BuildKit finds before it looks at variables and stages. */
function hasInstructionError({ expect: { parseError, lintError } }: DockerfileVector): boolean {
  return parseError === null && (lintError === null || PREFIX.test(lintError.message));
}

function instructionErrors(vector: DockerfileVector): Comparison {
  const { value, problems } = readDockerfile(textOf(vector));
  const error = problems.find(({ severity, code }) => severity === 'error' && code !== 'no-stage');
  const at = error?.range.start.line ?? 0;
  const node = value.syntax.instructions.find(({ startLine, endLine }) => startLine <= at && at <= endLine);
  const { lintError } = vector.expect;
  return {
    got: error && { message: error.message, line: (node?.startLine ?? -1) + 1 },
    expected: lintError === null ? undefined : { ...lintError, message: lintError.message.replace(PREFIX, '') },
  };
}

function expansion({ kind, input = '', env = {}, ...vector }: ExpansionVector): Comparison {
  const look = (name: string): string | undefined => (Object.hasOwn(env, name) ? env[name] : undefined);
  const result = expandWord(input, look, { escape: '\\' });
  if (result.problem !== undefined) return { got: 'error', expected: vector.error ? 'error' : vector.expected };
  const got = kind === 'words' ? result.words : result.value;
  if (vector.matches === undefined) return { got, expected: vector.error ? 'error' : vector.expected };
  return {
    got: { got, matches: [...result.matched].sort(), unmatched: [...result.unmatched].sort() },
    expected: { got: vector.expected, matches: [...vector.matches].sort(), unmatched: vector.unmatched },
  };
}
