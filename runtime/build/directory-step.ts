import type { SourceRange } from '../../core/plan/source-range.ts';
import { pack } from '../archive/pack.ts';
import { addTarLayer } from './add-layer.ts';
import { copyOwner } from './copy-owner.ts';
import { LayerContents } from './destination.ts';
import { madeTime } from './made-time.ts';
import { viewRoot } from './roots.ts';
import type { MadeLayer, StepContext } from './step-context.ts';

/** Makes a working directory with those above it, unless it is there (WORKDIR). */
export async function directoryStep(
  context: StepContext,
  effect: { readonly path: string; readonly user: string },
  range: SourceRange,
): Promise<MadeLayer> {
  const { floor, state, signal } = context;
  await using root = await viewRoot(floor, state, signal);
  const owner = await copyOwner(root.path, effect.user === '' ? undefined : effect.user, range);
  const contents = new LayerContents(root.path, owner, madeTime(context));
  const isThere = (await contents.existing(effect.path))?.isDirectory() === true;
  if (!isThere) await contents.makeDirectory(effect.path);
  return await addTarLayer(context, pack(contents.items()));
}
