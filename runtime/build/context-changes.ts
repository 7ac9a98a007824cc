import { readContents } from '../../core/disk/plan-keys.ts';
import type { PlannedFile } from '../../core/plan/effect.ts';
import type { SourceRange } from '../../core/plan/source-range.ts';
import { BuildError } from './build-error.ts';
import type { StepContext } from './step-context.ts';

/**
 * Checks that files of the context hold what they held when the cache keys were made: what was written to in between
 * would be cached as something else than it is. Only of contexts that their owner works in.
 */
export async function checkUnchanged(
  { request, contents, floor, signal }: StepContext,
  files: readonly PlannedFile[],
  range: SourceRange,
): Promise<void> {
  if (request.contextMayChange !== true) return;
  const paths = files.flatMap(({ type, source }) => (type === 'file' ? [source] : []));
  const now = await readContents(paths, request.context, floor.digests, signal);
  const changed = paths.find((path) => now.get(path) !== contents.get(path));
  if (changed === undefined) return;
  throw new BuildError('conflict', {
    code: 'context-changed',
    message: `${changed} changed while it was being built: build again`,
    range,
    subject: changed,
  });
}
