import type { Readable } from 'node:stream';
import { sha256 } from '../../core/disk/sha256.ts';
import { asDiffId, chainIds } from '../../core/image/digest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import { unpackState } from './roots.ts';
import { noYounger, sourceDate } from './source-date.ts';
import type { MadeLayer, StepContext } from './step-context.ts';

/** Stores a layer's tar and puts it onto the state's layers. */
export async function addTarLayer(context: StepContext, tar: Readable): Promise<MadeLayer> {
  const { floor, state, signal } = context;
  const layer = await storeLayer(context, tar);
  const parent = await unpackState(floor, state, signal);
  const chain = chainIds([...state.layers, layer.diffId], sha256).at(-1)!;
  await floor.snapshots.apply(chain, parent, await floor.blobs.open(layer.blob), signal);
  return layer;
}

/** Makes what an unmounted snapshot holds over the state's layers the next layer, without copying its files. */
export async function addSnapshotLayer(context: StepContext, key: string): Promise<MadeLayer> {
  const { floor, state, signal, request } = context;
  signal.throwIfAborted();
  const difference = floor.snapshots.diff(key, { signal });
  // An abort before its reader listens would be nobody's error: the reader finds it there.
  difference.on('error', () => undefined);
  // Its files are younger than the layer may be.
  if (sourceDate(request) !== undefined) return addTarLayer(context, difference);
  const layer = await storeLayer(context, difference);
  await floor.snapshots.commit(key, chainIds([...state.layers, layer.diffId], sha256).at(-1)!);
  return layer;
}

async function storeLayer({ floor, keep, signal, request }: StepContext, tar: Readable) {
  const moment = sourceDate(request);
  using pin = floor.blobs.pin();
  const { digest } = await floor.blobs.put(moment === undefined ? tar : noYounger(tar, moment), { pin }, signal);
  const diffId = asDiffId(digest);
  keep(diffId);
  return floor.images.addLayer(digest, { diffId, mediaType: MediaType.ociLayer, signal });
}
