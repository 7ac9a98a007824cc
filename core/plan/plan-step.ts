import { parseHeredoc } from '../dockerfile/heredocs.ts';
import type {
  AddInstruction,
  CopyInstruction,
  Instruction,
  RunInstruction,
  Source,
} from '../dockerfile/instructions.ts';
import type { Stage } from '../dockerfile/stages.ts';
import type { Effect, Origin, RunEffect } from './effect.ts';
import { proxyVariables, type Variables } from './global-arguments.ts';
import type { PlanInputs, PlannedStep, PlanProblem } from './plan.ts';
import { type CopyWords, planCopy } from './plan-copy.ts';
import { planMetadata } from './plan-metadata.ts';
import { planMount } from './plan-mount.ts';
import { planOrigin } from './plan-origin.ts';
import { planRun } from './plan-run.ts';
import type { StageScope } from './stage-scope.ts';
import { StepWords } from './step-words.ts';

/** What an instruction is planned in. */
export interface StepPlace {
  readonly stages: readonly Stage[];
  readonly stage: Stage;
  readonly scope: StageScope;
  readonly inputs: PlanInputs;
  readonly globals: Variables;
  readonly escapeToken: '\\' | '`';
}

/** Plans one instruction, and leaves in the scope what it changes; undefined for FROM and what is no instruction. */
export function planStep(
  instruction: Instruction,
  place: StepPlace,
): { readonly step: PlannedStep; readonly problems: readonly PlanProblem[] } | undefined {
  if (instruction.kind === 'FROM' || instruction.kind === 'UNKNOWN') return undefined;
  const { scope } = place;
  const words = new StepWords(scope.variables, place.escapeToken);
  const variables = Object.fromEntries(scope.variables);
  const { effect, createdBy } = planEffect(instruction, place, words);
  const { node } = instruction;
  const step = {
    keyword: node.name,
    range: node.range,
    text: node.original.trim(),
    createdBy,
    ...(instruction.kind === 'ONBUILD' && { unrecorded: true as const }),
    trigger: false,
    layer: effect.kind !== 'metadata',
    effect,
    variables,
    config: scope.config,
  };
  return { step, problems: words.problems };
}

interface Planned {
  readonly effect: Effect;
  readonly createdBy: string;
}

function planEffect(instruction: Instruction, place: StepPlace, words: StepWords): Planned {
  const { scope, inputs, globals } = place;
  switch (instruction.kind) {
    case 'RUN':
      return planRunStep(instruction, place, words);
    case 'COPY':
    case 'ADD':
      return planCopyStep(instruction, place, words);
    case 'WORKDIR':
      return planWorkdir(words.maybe(instruction.path) ?? '', scope);
    default: {
      const createdBy = planMetadata(instruction, scope, words, { buildArgs: inputs.buildArgs, globals });
      return { effect: { kind: 'metadata' }, createdBy: createdBy ?? instruction.node.original.trim() };
    }
  }
}

function planWorkdir(text: string, scope: StageScope): Planned {
  const path = scope.resolve(text);
  scope.config = { ...scope.config, WorkingDir: path };
  scope.addDirectory(path);
  const createdBy = `WORKDIR ${path}`;
  if (path === '/') return { effect: { kind: 'metadata' }, createdBy };
  return { effect: { kind: 'make-directory', path, user: scope.config.User }, createdBy };
}

function planRunStep(run: RunInstruction, place: StepPlace, words: StepWords): Planned {
  const { command, node } = run;
  const shellText = command.form === 'shell' ? command.text.text : '';
  const effect = planRun(
    {
      ...(command.form === 'exec' && { argv: command.words.map(({ text }) => text) }),
      command: shellText,
      heredocs: node.heredocs.map(({ name, content, chomp }) => ({ name, content, stripsTabs: chomp })),
      isHeredocOnly: node.heredocs.length > 0 && parseHeredoc(shellText) !== undefined,
      mounts: run.mounts.flatMap((mount) => planMount(mount, place, words) ?? []),
      network: networkOf(run),
      security: run.security?.text === 'insecure' ? 'insecure' : 'sandbox',
    },
    place.scope,
    proxyVariables(place.inputs.buildArgs),
  );
  const { declared } = place.scope;
  return { effect, createdBy: `RUN ${[...argumentsOf(declared, effect), ...effect.argv].join(' ')}` };
}

function networkOf({ network }: RunInstruction): RunEffect['network'] {
  return network?.text === 'none' || network?.text === 'host' ? network.text : 'default';
}

/** The ARGs with what their names stand for, ENV's included, as history shows them before the command: `|2 A=1 B=2`. */
function argumentsOf(declared: ReadonlySet<string>, { environment }: RunEffect): string[] {
  if (declared.size === 0) return [];
  return [`|${declared.size}`, ...[...declared].map((name) => `${name}=${environment[name] ?? ''}`)];
}

function planCopyStep(copy: CopyInstruction | AddInstruction, place: StepPlace, words: StepWords): Planned {
  const { stages, stage, scope, inputs } = place;
  const from = copy.kind === 'COPY' ? copy.from : undefined;
  const origin: Origin = from === undefined ? { kind: 'context' } : planOrigin(from, stages, stage, words);
  const chown = words.maybe(copy.chown);
  const { destination = copy.node.keyword } = copy;
  const copyWords: CopyWords = {
    keyword: copy.kind,
    sources: copy.sources.flatMap((source) =>
      source.kind === 'path' ? [{ text: words.expand(source.path), range: source.path.range }] : [],
    ),
    heredocs: copy.sources.flatMap((source) => (source.kind === 'heredoc' ? [heredocOf(source, words)] : [])),
    destination: { text: words.expand(destination), range: destination.range },
    origin,
    ...(chown !== undefined && { chown }),
    ...(copy.chmod && { chmod: { text: words.expand(copy.chmod), range: copy.chmod.range } }),
    link: copy.link,
    parents: copy.kind === 'COPY' && copy.parents,
    exclude: copy.exclude.map((token) => words.expand(token)),
    ...addFlags(copy, words),
  };
  const { effect, problems } = planCopy(copyWords, scope, inputs);
  words.problems.push(...problems);
  return { effect, createdBy: describeCopy(copyWords, copy) };
}

function addFlags(
  copy: CopyInstruction | AddInstruction,
  words: StepWords,
): Pick<CopyWords, 'keepGitDir' | 'checksum' | 'unpack'> {
  if (copy.kind === 'COPY') return { keepGitDir: false };
  const checksum = words.maybe(copy.checksum);
  return {
    keepGitDir: copy.keepGitDir ?? false,
    ...(checksum !== undefined && { checksum }),
    ...(copy.unpack !== undefined && { unpack: copy.unpack }),
  };
}

function heredocOf({ marker, heredoc }: Extract<Source, { kind: 'heredoc' }>, words: StepWords) {
  const content = heredoc.chomp ? heredoc.content.replace(/^\t+/gm, '') : heredoc.content;
  const text = heredoc.expand
    ? words.expand({ text: content, range: heredoc.contentRange }, { literalQuotes: true })
    : content;
  return { name: heredoc.name, content: text, range: marker.range };
}

/** As BuildKit writes it: without flags. */
function describeCopy(words: CopyWords, { kind }: { kind: string }): string {
  const sources = [...words.sources.map(({ text }) => text), ...words.heredocs.map(({ name }) => `<<${name}`)];
  return [kind, ...sources, words.destination.text].join(' ');
}
