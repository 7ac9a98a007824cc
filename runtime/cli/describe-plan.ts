import { formatSize } from '../../core/image/size.ts';
import type { BuildPlan, PlannedStage, PlannedStep } from '../../core/plan/plan.ts';
import type { PlannedLayers } from './planned-layers.ts';
import { cut, formatTable } from './table.ts';

const HEADER = ['LINE', 'LAYER', 'FILES', 'SIZE', 'INSTRUCTION'];
/** What only a build, or an engine, can tell. */
const UNKNOWN = '?';
const NONE = '-';

/** What an instruction does to the image, for programs. */
export interface StepRecord {
  readonly line: number;
  /** Index of the stage, from 0. */
  readonly stage: number;
  readonly stageName?: string;
  readonly instruction: string;
  readonly effect: 'base' | 'copy' | 'run' | 'make-directory' | 'metadata';
  readonly layer: boolean;
  /** Absent where it is not known before the build. */
  readonly files?: number;
  readonly bytes?: number;
  /** True where archives, URLs or repositories bring more than is counted. */
  readonly more?: true;
}

/** One record for each FROM and each instruction, in the order of the stages. */
export function stepRecords({ stages }: BuildPlan): StepRecord[] {
  return stages.flatMap((stage) => [baseRecord(stage, stages), ...stage.steps.map((step) => stepRecord(stage, step))]);
}

/** The table of all stages, and what is known in all below it. */
export function describePlan(planned: PlannedLayers, width: number): string {
  const layers = new Map<number, number>();
  const rows = stepRecords(planned.plan).map((record) => {
    const { line, stage, instruction, effect, layer, files, bytes, more } = record;
    const number = (layers.get(stage) ?? 0) + (layer ? 1 : 0);
    layers.set(stage, number);
    const counted = layer && effect !== 'make-directory';
    const figure = (value: string | undefined): string => {
      if (!counted && effect !== 'base') return NONE;
      return value === undefined ? UNKNOWN : `${value}${more ? '+' : ''}`;
    };
    return [
      String(line),
      effect === 'base' ? 'base' : layer ? String(number) : NONE,
      figure(files === undefined ? undefined : String(files)),
      figure(bytes === undefined ? undefined : formatSize(bytes)),
      cut(instruction.replace(/\s+/g, ' ').trim(), width),
    ];
  });
  return [formatTable(HEADER, rows), '', contextText(planned), ...legend(rows)].join('\n');
}

function baseRecord({ index, name, range, base }: PlannedStage, stages: readonly PlannedStage[]): StepRecord {
  const below = base.kind === 'stage' ? stages.find((stage) => stage.index === base.stage) : undefined;
  const from = base.kind === 'image' ? base.reference : (below?.name ?? (below ? `stage ${below.index}` : 'scratch'));
  const as = name === undefined ? '' : ` AS ${name}`;
  return {
    ...placeOf(index, name, range.start.line),
    instruction: `FROM ${from}${as}`,
    effect: 'base',
    layer: false,
    ...(base.kind === 'scratch' && { files: 0, bytes: 0 }),
  };
}

function stepRecord({ index, name }: PlannedStage, { range, text, effect, layer }: PlannedStep): StepRecord {
  const totals = effect.kind === 'copy' ? effect.totals : undefined;
  return {
    ...placeOf(index, name, range.start.line),
    instruction: text,
    effect: effect.kind,
    layer,
    ...(totals && { files: totals.files, bytes: totals.bytes }),
    ...(totals?.more && { more: true as const }),
  };
}

function placeOf(stage: number, name: string | undefined, line: number) {
  return { line: line + 1, stage, ...(name !== undefined && { stageName: name }) };
}

/** `Context: 3 files, 1.2kB; .dockerignore leaves out 2 files, 31MB and 1 unread folder`. */
function contextText({ context }: PlannedLayers): string {
  const taken = `Context: ${count(context.files, 'file')}, ${formatSize(context.bytes)}`;
  const sum = { files: 0, bytes: 0, directories: 0 };
  for (const { files, bytes, directories } of context.excluded) {
    sum.files += files;
    sum.bytes += bytes;
    sum.directories += directories;
  }
  if (sum.files + sum.directories === 0) return taken;
  const folders = sum.directories === 0 ? '' : ` and ${count(sum.directories, 'unread folder')}`;
  return `${taken}; .dockerignore leaves out ${count(sum.files, 'file')}, ${formatSize(sum.bytes)}${folders}`;
}

/** Explains the signs that stand in the table. */
function legend(rows: readonly (readonly string[])[]): string[] {
  const figures = rows.flatMap(([, , files = '', size = '']) => [files, size]);
  return [
    ...(figures.includes(UNKNOWN) ? ['?: known after the build'] : []),
    ...(figures.some((figure) => figure.endsWith('+')) ? ['+: and what archives, URLs or repositories hold'] : []),
  ];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
