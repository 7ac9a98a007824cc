import type { Instruction } from '../../../core/dockerfile/instructions.ts';
import type { Stage } from '../../../core/dockerfile/stages.ts';
import { removeInstruction } from '../../../core/lint/instruction-edits.ts';
import type { TextEdit } from '../../../core/lint/lint.ts';
import { accountMadeBy } from '../../../core/lint/made-accounts.ts';
import type { Reading } from '../../reading.ts';
import { lineEnd, type Refactor } from './refactoring.ts';

type Kinds = ReadonlySet<Instruction['kind']>;

/** What says how the image runs: it belongs into the stage that is shipped. */
const RUNTIME: Kinds = new Set([
  ...(['CMD', 'ENTRYPOINT', 'EXPOSE', 'HEALTHCHECK', 'STOPSIGNAL', 'USER', 'VOLUME', 'LABEL', 'ONBUILD'] as const),
]);
/** What the stage that builds needs, too. */
const SHARED: Kinds = new Set(['ARG', 'ENV', 'SHELL', 'USER']);

/** Makes of a single stage one that builds and one that ships what it built. */
export const makeMultiStage: Refactor = ({ reading, instruction }) => {
  const { stages } = reading.dockerfile;
  const [stage] = stages;
  if (instruction.kind !== 'FROM' || stages.length !== 1 || stage === undefined) return [];
  const { from, instructions } = stage;
  const directory = folderOf(stage);
  if (from.image === undefined || directory === undefined || makesUser(reading, stage)) return [];
  const lastBuilding = instructions.findLastIndex(({ kind }) => !RUNTIME.has(kind));
  if (!instructions.some(({ kind }) => kind === 'RUN')) return [];
  const name = from.stage?.text ?? 'build';
  const end = lineEnd(reading);
  const platform = from.node.flags.map(({ text }) => `${text} `).join('');
  const above = instructions.slice(0, lastBuilding + 1);
  const carried = above.filter((each) => RUNTIME.has(each.kind) || isShared(each, instructions));
  const moved = carried.filter(({ kind }) => !SHARED.has(kind));
  const lines = [
    `FROM ${platform}${from.image.text}`,
    ...carried.filter(({ kind }) => SHARED.has(kind) && kind !== 'USER').map((each) => written(reading, each)),
    `WORKDIR ${directory}`,
    `COPY --from=${name} ${directory} ${directory}`,
    ...carried.filter(({ kind }) => !SHARED.has(kind) || kind === 'USER').map((each) => written(reading, each)),
  ];
  const edits: TextEdit[] = moved.map((each) => removal(reading, each));
  if (from.stage === undefined) {
    edits.push({ range: { start: from.image.range.end, end: from.image.range.end }, newText: ` AS ${name}` });
  }
  const next = instructions[lastBuilding + 1];
  const line = next === undefined ? (instructions.at(-1) ?? from).node.range.end.line : firstLine(next) - 1;
  const isApart = reading.line(line).trim() === '';
  const at = { line, character: reading.line(line).length };
  edits.push({ range: { start: at, end: at }, newText: `${isApart ? '' : end}${end}${lines.join(end)}` });
  return [
    {
      title: `Split into a build stage and a stage that ships ${directory} alone`,
      kind: 'refactor.rewrite',
      edits,
    },
  ];
};

/** The folder that the image works in; undefined where it is not known, or holds all else, too. */
function folderOf({ instructions }: Stage): string | undefined {
  const workdir = instructions.findLast(({ kind }) => kind === 'WORKDIR');
  const path = workdir?.kind === 'WORKDIR' ? workdir.path?.text : undefined;
  return path !== undefined && /^\/[\w.@+-][\w./@+-]*$/.test(path) ? path : undefined;
}

/** Whether USER names one that a RUN makes, and that the shipped stage would not have. */
function makesUser(reading: Reading, { instructions }: Stage): boolean {
  return (
    instructions.some(({ kind }) => kind === 'USER') &&
    instructions.some(
      (each) =>
        each.kind === 'RUN' &&
        each.command.form === 'shell' &&
        reading
          .commandsOf(`${each.command.text.text}\n${each.node.heredocs.map(({ content }) => content).join('\n')}`)
          .some((words) => accountMadeBy(words.map(({ text }) => text)) !== undefined),
    )
  );
}

/** Of ARGs only those that something of the shipped stage refers to. */
function isShared(each: Instruction, all: readonly Instruction[]): boolean {
  if (each.kind !== 'ARG') return SHARED.has(each.kind);
  return all.some(
    ({ kind, node }) =>
      (RUNTIME.has(kind) || kind === 'ENV') && each.args.some(({ name }) => node.original.includes(name.text)),
  );
}

/** With the comment right above it. */
function firstLine({ node }: Instruction): number {
  let line = node.startLine;
  for (const { range } of [...node.docComment].reverse()) if (range.start.line === line - 1) line--;
  return line;
}

function written(reading: Reading, each: Instruction): string {
  const lines: string[] = [];
  for (let line = firstLine(each); line <= each.node.range.end.line; line++) lines.push(reading.line(line));
  return lines.join(lineEnd(reading));
}

function removal(reading: Reading, each: Instruction): TextEdit {
  const { range, newText } = removeInstruction(each.node);
  const start = { line: firstLine(each), character: 0 };
  const isBlankAround = reading.line(start.line - 1).trim() === '' && reading.line(range.end.line).trim() === '';
  const end =
    isBlankAround && range.end.line < reading.lineCount ? { line: range.end.line + 1, character: 0 } : range.end;
  return { range: { start, end }, newText };
}
