import type { StepContext } from './step-context.ts';

/**
 * The time of what a step makes that comes from no file (nanoseconds, whole seconds): SOURCE_DATE_EPOCH, else the base
 * image's, so that the same inputs give the same layer whenever they are built; 1970 for an image from scratch.
 */
export function madeTime({ state, request }: Pick<StepContext, 'state' | 'request'>): bigint {
  const created = request.sourceDate?.getTime() ?? Date.parse(state.base?.config.created ?? '');
  return Number.isNaN(created) ? 0n : BigInt(Math.floor(created / 1000)) * 1_000_000_000n;
}
