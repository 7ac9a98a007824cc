import type { Instruction } from '../../../core/dockerfile/instructions.ts';
import { lineEnd, type Refactor } from './refactoring.ts';

/** What says how the image runs: it belongs into the stage that is shipped. */
const RUNTIME = new Set<Instruction['kind']>([
  'CMD',
  'ENTRYPOINT',
  'EXPOSE',
  'HEALTHCHECK',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'LABEL',
]);

/** Makes of a single stage one that builds and one that ships what it built. */
export const makeMultiStage: Refactor = ({ reading, instruction }) => {
  const { stages } = reading.dockerfile;
  const [stage] = stages;
  if (instruction.kind !== 'FROM' || stages.length !== 1 || stage === undefined) return [];
  const { from, instructions } = stage;
  if (from.image === undefined || !instructions.some(({ kind }) => kind === 'RUN')) return [];
  const name = from.stage?.text ?? 'build';
  const end = lineEnd(reading);
  const first = instructions.findIndex((_, index) => instructions.slice(index).every(({ kind }) => RUNTIME.has(kind)));
  const moved = first === -1 ? [] : instructions.slice(first);
  const workdir = instructions.findLast((each) => each.kind === 'WORKDIR');
  const directory = workdir?.kind === 'WORKDIR' && workdir.path?.text.startsWith('/') ? workdir.path.text : '/app';
  const platform = from.node.flags.map(({ text }) => `${text} `).join('');
  const lines = [
    '',
    `FROM ${platform}${from.image.text}`,
    `WORKDIR ${directory}`,
    `COPY --from=${name} ${directory} ${directory}`,
  ];
  const start = moved[0]?.node.keyword.range.start ?? (instructions.at(-1) ?? from).node.range.end;
  const named =
    from.stage === undefined
      ? [{ range: { start: from.image.range.end, end: from.image.range.end }, newText: ` AS ${name}` }]
      : [];
  const newText = moved.length === 0 ? `${end}${lines.join(end)}` : `${lines.join(end)}${end}`;
  return [
    {
      title: 'Split into a build stage and a stage that ships',
      kind: 'refactor.rewrite',
      edits: [...named, { range: { start, end: start }, newText }],
    },
  ];
};
