import type { Readable } from 'node:stream';
import { sha256 } from '../../core/disk/sha256.ts';
import { chainIds } from '../../core/image/digest.ts';
import type { Layer, TakeLayerOptions } from '../images/image-store.ts';
import { noYounger } from './source-date.ts';
import type { MadeLayer, StepContext } from './step-context.ts';

/** Stores a layer's tar and puts it onto the state's layers. What earlier layers have of it is not written once more. */
export async function addTarLayer(context: StepContext, tar: Readable): Promise<MadeLayer> {
  return takeLayer(context, tar, { over: context.state.layers, earlier: await context.earlier() });
}

/** Makes what an unmounted snapshot holds over the state's layers the next layer, without copying its files. */
export async function addSnapshotLayer(context: StepContext, key: string): Promise<MadeLayer> {
  const { floor, state, signal, request } = context;
  signal.throwIfAborted();
  const difference = floor.snapshots.diff(key, { signal });
  // An abort before its reader listens would be nobody's error: the reader finds it there.
  difference.on('error', () => undefined);
  // Its files are younger than the layer may be.
  if (request.sourceDate !== undefined) return addTarLayer(context, difference);
  const layer = await takeLayer(context, difference, {});
  await floor.snapshots.commit(key, chainIds([...state.layers, layer.diffId], sha256).at(-1)!);
  return layer;
}

function takeLayer(
  { floor, keep, signal, request }: StepContext,
  tar: Readable,
  unpack: Pick<TakeLayerOptions, 'over' | 'earlier'>,
): Promise<Layer> {
  const moment = request.sourceDate;
  const bytes = moment === undefined ? tar : noYounger(tar, moment);
  return floor.images.takeLayer(bytes, { ...unpack, found: keep, signal });
}
