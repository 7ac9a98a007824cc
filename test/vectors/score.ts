import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { expandWord } from '../../core/dockerfile/expand.ts';
import { parseSyntax } from '../../core/dockerfile/parse.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import { checkProblems, lintDockerfile, RULES } from '../../core/lint/lint.ts';
import { isBuildKits } from '../../core/lint/rule.ts';
import { planDockerfile } from '../../core/plan/plan-dockerfile.ts';
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
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly expect: {
    readonly warnings?: readonly { readonly rule: string; readonly line: number }[];
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
    score('error or no error', vectors, errorOrNone),
    warningScore(vectors),
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

/** Whether anything keeps it from being built, wherever that is found: by reading, by the checks, or by the plan. */
function errorOrNone(vector: DockerfileVector): Comparison {
  const { target, buildArgs = {}, expect } = vector;
  const { value, problems } = readDockerfile(textOf(vector));
  const plan = planDockerfile(value, {
    buildArgs,
    ...(target !== undefined && { target }),
    images: new Map(),
    buildPlatform: { os: 'linux', architecture: 'amd64' },
    allStages: true,
  });
  const error = [...problems, ...checkProblems(value), ...plan.problems].find(({ severity }) => severity === 'error');
  const { parseError, lintError } = expect;
  const isLint = lintError?.message.startsWith('lint violation') === true;
  const expected = parseError ?? (isLint ? undefined : lintError?.message);
  // Which of several errors is told first is not compared here.
  return expected === undefined || error === undefined
    ? { got: error?.message, expected: expected ?? undefined }
    : { got: 'an error', expected: 'an error' };
}

const BUILDKIT_RULES = new Set(RULES.filter(isBuildKits).map(({ id }) => id));

/** Every warning that BuildKit gives, by rule and line, and what we give beyond them where it gave all that it has. */
function warningScore(vectors: readonly DockerfileVector[]): Score {
  let total = 0;
  const failures: { id: string; got: unknown; expected: unknown }[] = [];
  for (const vector of vectors) {
    const text = textOf(vector);
    const findings = lintDockerfile(readDockerfile(text).value, text);
    const left = findings
      .filter(({ rule }) => BUILDKIT_RULES.has(rule))
      .map(({ code, lines }) => `${code} ${lines.start + 1}`);
    const { warnings = [], parseError, lintError } = vector.expect;
    total += warnings.length;
    for (const { rule, line } of warnings) {
      const at = left.indexOf(`${rule} ${line}`);
      if (at === -1) failures.push({ id: vector.id, got: undefined, expected: `${rule} ${line}` });
      else left.splice(at, 1);
    }
    const saidAll = parseError === null && (lintError === null || lintError.message.startsWith('lint violation'));
    if (saidAll) failures.push(...left.map((got) => ({ id: vector.id, got, expected: undefined })));
  }
  return { name: 'warnings by rule and line', total, failures };
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
