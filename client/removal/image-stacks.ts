import type Docker from 'dockerode';
import { sha256 } from '../../core/disk/sha256.ts';
import { asDiffId, chainIds, parseDigest } from '../../core/image/digest.ts';
import { statusCode } from '../errors.ts';
import { EMPTY_LAYER, type HistoryEntry, layersOfHistory, readHistory } from '../explorer/history.ts';
import type { StackedImage } from './freed-bytes.ts';

/** How many images are asked for at the same time. */
const AT_ONCE = 8;

/** Reads the layers of images, with the sizes of those that are `sized`: an engine tells a layer's size by the history. */
export async function readStacks(
  docker: Docker,
  ids: readonly string[],
  sized: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<StackedImage[]> {
  const stacks: StackedImage[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    signal.throwIfAborted();
    const some = ids.slice(at, at + AT_ONCE);
    stacks.push(...(await Promise.all(some.map((id) => readStack(docker, id, sized.has(id))))));
  }
  return stacks;
}

async function readStack(docker: Docker, id: string, isSized: boolean): Promise<StackedImage> {
  const image = docker.getImage(id);
  try {
    const [inspected, history] = await Promise.all([image.inspect(), isSized ? image.history() : []]);
    return stackOf(id, inspected.RootFS?.Layers ?? [], readHistory(history), inspected.Size);
  } catch (error) {
    // It went while others were asked for.
    if (statusCode(error) === 404) return { id, layers: [] };
    throw error;
  }
}

/** The stack of an image of `size` bytes: `diffIds` lowest first, the history newest first, or empty where no sizes are asked for. */
export function stackOf(
  id: string,
  diffIds: readonly string[],
  history: readonly HistoryEntry[],
  size: number,
): StackedImage {
  const known = diffIds.map(parseDigest).filter((digest) => digest !== undefined);
  const chains = chainIds(known.map(asDiffId), sha256);
  const assigned = layersOfHistory(history, diffIds);
  const found = history.flatMap(({ size: bytes }, index) => (assigned[index] === undefined ? [] : [bytes])).reverse();
  let next = 0;
  const sizes = known.map((diffId) => {
    if (diffId === EMPTY_LAYER) return 0;
    return found.length === 0 ? undefined : found[next++];
  });
  // An image without a history, such as an imported one, has the bytes of its only layer.
  const missing = sizes.indexOf(undefined);
  if (history.length > 0 && missing !== -1 && sizes.lastIndexOf(undefined) === missing)
    sizes[missing] = size - sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
  return { id, layers: chains.map((chain, index) => ({ chain, bytes: sizes[index] })) };
}
