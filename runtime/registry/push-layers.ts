import pLimit from 'p-limit';
import type { Layer } from '../images/image-store.ts';
import { LayerPush, type PushedLayer, type PushGround } from './push-layer.ts';
import { hungUp } from './retry.ts';

/** Layers that are pushed at the same time, as many as dockerd pushes. */
const PARALLEL = 5;

/** Pushes layers in parallel, the highest first as dockerd lists them; gives how the registry has them, lowest first. */
export async function pushLayers(ground: PushGround, layers: readonly Layer[]): Promise<PushedLayer[]> {
  const { signal } = ground;
  const distinct = new Map<string, Layer>(layers.map((layer) => [layer.diffId, layer]));
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const limit = pLimit(PARALLEL);
  const pushes = [...distinct.values()].reverse().map((layer) => {
    const push = new LayerPush({ ...ground, signal: either }, layer);
    push.say('Preparing');
    return { layer, push };
  });
  for (const { push } of pushes.slice(PARALLEL)) push.say('Waiting');
  const pushed = new Map<string, PushedLayer>();
  const running = pushes.map(({ layer, push }) =>
    limit(async () => {
      either.throwIfAborted();
      pushed.set(layer.diffId, await push.run());
    }).catch((error) => {
      // The first failure is the one that is told; it ends the others.
      failed.abort(error);
      throw error;
    }),
  );
  const results = await Promise.allSettled(running);
  if (signal.aborted) throw hungUp(signal);
  if (results.some(({ status }) => status === 'rejected')) throw failed.signal.reason;
  return layers.map(({ diffId }) => pushed.get(diffId)!);
}
