import type { Readable } from 'node:stream';
import { sha256 } from '../../core/disk/sha256.ts';
import { asDiffId, chainIds } from '../../core/image/digest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import { unpackState } from './roots.ts';
import type { MadeLayer, StepContext } from './step-context.ts';

/** Stores a layer's tar and puts it onto the state's layers. */
export async function addTarLayer({ floor, state, keep, signal }: StepContext, tar: Readable): Promise<MadeLayer> {
  using pin = floor.blobs.pin();
  const { digest } = await floor.blobs.put(tar, { pin }, signal);
  keep(asDiffId(digest));
  const layer = await floor.images.addLayer(digest, {
    diffId: asDiffId(digest),
    mediaType: MediaType.ociLayer,
    signal,
  });
  const parent = await unpackState(floor, state, signal);
  const chain = chainIds([...state.layers, layer.diffId], sha256).at(-1)!;
  await floor.snapshots.apply(chain, parent, await floor.blobs.open(layer.blob), signal);
  return layer;
}

/** Makes what an unmounted snapshot holds over the state's layers the next layer, without copying its files. */
export async function addSnapshotLayer({ floor, state, keep, signal }: StepContext, key: string): Promise<MadeLayer> {
  using pin = floor.blobs.pin();
  const { digest } = await floor.blobs.put(floor.snapshots.diff(key, { signal }), { pin }, signal);
  keep(asDiffId(digest));
  const layer = await floor.images.addLayer(digest, {
    diffId: asDiffId(digest),
    mediaType: MediaType.ociLayer,
    signal,
  });
  await floor.snapshots.commit(key, chainIds([...state.layers, layer.diffId], sha256).at(-1)!);
  return layer;
}
