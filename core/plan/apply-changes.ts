import type { Problem } from '../dockerfile/ast.ts';
import type { Instruction } from '../dockerfile/instructions.ts';
import { parseSyntax } from '../dockerfile/parse.ts';
import { readInstruction } from '../dockerfile/read-instruction.ts';
import type { RunConfig } from '../image/config.ts';
import { planMetadata } from './plan-metadata.ts';
import { StageScope, splitVariable } from './stage-scope.ts';
import { StepWords } from './step-words.ts';

/** Instructions that `docker commit --change` and `docker import --change` take. */
const ALLOWED: ReadonlySet<string> = new Set([
  'CMD',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'HEALTHCHECK',
  'LABEL',
  'ONBUILD',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
]);

/** Applies instructions that change an image's config only; what is wrong is said one line each, and leaves the config as it was. */
export function applyChanges(
  config: RunConfig,
  changes: readonly string[],
): { readonly value: RunConfig; readonly problems: readonly string[] } {
  if (changes.every((change) => change.trim() === '')) return { value: config, problems: [] };
  const { value: syntax, problems: wrong } = parseSyntax(changes.join('\n'));
  const problems = wrong.filter(isError).map(({ message }) => message);
  const scope = new StageScope();
  scope.config = config;
  for (const variable of config.Env) {
    const { name, value } = splitVariable(variable);
    scope.variables.set(name, value);
  }
  for (const node of syntax.instructions) {
    if (!ALLOWED.has(node.name)) {
      problems.push(`${node.name} is not a valid change command`);
      continue;
    }
    const { value: instruction, problems: own } = readInstruction(node);
    const words = new StepWords(scope.variables, syntax.escape);
    applyChange(instruction, scope, words);
    for (const { message } of [...own.filter(isError), ...words.problems]) problems.push(message);
  }
  return problems.length === 0 ? { value: scope.config, problems } : { value: config, problems };
}

function applyChange(instruction: Instruction, scope: StageScope, words: StepWords): void {
  if (instruction.kind === 'WORKDIR') {
    scope.config = { ...scope.config, WorkingDir: scope.resolve(words.maybe(instruction.path) ?? '') };
  } else planMetadata(instruction, scope, words, { buildArgs: {}, globals: new Map() });
}

function isError({ severity }: Problem): boolean {
  return severity === 'error';
}
