import type { Instruction } from '../../core/dockerfile/instructions.ts';
import type { Digest } from '../../core/image/digest.ts';
import { formatSize } from '../../core/image/size.ts';
import type { CopyTotals } from '../../core/plan/effect.ts';
import type { PlannedStep } from '../../core/plan/plan.ts';
import type { CacheRecord, EngineImage } from '../../protocol/lsp.ts';
import { type CacheView, keyOfStep, type Preview, stepOf } from '../preview.ts';

/** What the instruction does to the image, in a line: `Layer · 3 files, 1.2kB · cached`. */
export function effectText(
  instruction: Instruction,
  preview: Preview,
  cache: CacheView | undefined,
): string | undefined {
  if (instruction.kind === 'UNKNOWN') return undefined;
  if (instruction.kind === 'FROM') return baseText(preview, instruction.node.startLine);
  if (lacksSource(instruction, preview)) return 'Layer · a source is missing';
  const step = stepOf(preview, instruction.node.startLine);
  if (step === undefined) return instruction.kind === 'ARG' ? 'Build argument only' : undefined;
  const key = keyOfStep(step, preview, cache);
  const record = key && cache?.records.get(key);
  return [...stepText(step, record), ...cacheText(step, key, record)].join(' · ');
}

/** Whether a source of COPY or ADD is not in the context, or ignored. */
export function lacksSource({ node }: Instruction, { plan }: Preview): boolean {
  return plan.problems.some(
    ({ code, range: { start } }) =>
      (code === 'copy-source-missing' || code === 'copy-source-ignored') &&
      node.startLine <= start.line &&
      start.line <= node.endLine,
  );
}

function baseText({ plan, images }: Preview, line: number): string | undefined {
  const stage = plan.value.stages.find(({ range }) => range.start.line === line);
  switch (stage?.base.kind) {
    case undefined:
      return undefined;
    case 'scratch':
      return 'Base · empty';
    case 'stage': {
      const { base } = stage;
      const below = plan.value.stages.find(({ index }) => index === base.stage);
      return `Base · stage ${below?.name ?? base.stage}`;
    }
    case 'image':
      return `Base image · ${imageText(images.get(stage.base.reference))}`;
    default:
      return undefined;
  }
}

/** `31MB, 3 layers`. */
export function imageText(image: EngineImage | undefined): string {
  if (image === undefined) return 'not pulled yet';
  return `${formatSize(image.size)}, ${count(image.diffIds.length, 'layer')}`;
}

function stepText({ effect, layer }: PlannedStep, record: CacheRecord | undefined): string[] {
  switch (effect.kind) {
    case 'copy':
      return ['Layer', totalsText(effect.totals) ?? measured(record, 'size known after the build')];
    case 'run':
      return ['Layer', measured(record, 'size known after the build')];
    case 'make-directory':
      return [layer ? 'Layer' : 'Metadata only', `directory ${effect.path}`];
    default:
      return ['Metadata only'];
  }
}

function measured(record: CacheRecord | undefined, otherwise: string): string {
  if (record === undefined) return otherwise;
  return `${count(record.files, 'file')}, ${formatSize(record.bytes)}, ${formatDuration(record.duration)}`;
}

/**
 * `3 files, 1.2kB`; archives, URLs and repositories bring what cannot be seen before the build. Undefined where nothing can.
 */
export function totalsText(totals: CopyTotals | undefined): string | undefined {
  if (totals === undefined) return undefined;
  const { files, bytes, more } = totals;
  if (more && files === 0) return undefined;
  const known = `${count(files, 'file')}, ${formatSize(bytes)}`;
  return more ? `${known} and more` : known;
}

function cacheText({ layer }: PlannedStep, key: Digest | undefined, record: CacheRecord | undefined): string[] {
  if (key === undefined || !layer) return [];
  return [record === undefined ? 'not cached' : 'cached'];
}

function formatDuration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
