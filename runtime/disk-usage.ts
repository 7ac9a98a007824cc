import { shortId } from '../core/image/digest.ts';
import type { DiskUsage, DiskUsageKind } from './api/shapes/system.ts';
import type { CachedThing } from './build/cached-things.ts';
import { sizesOf } from './containers/sizes.ts';
import { summarize } from './containers/summary.ts';
import type { Engine } from './engine.ts';

/** What takes space on the disk (`GET /system/df`): images with what they share, containers, volumes, the build cache. */
export async function diskUsage(engine: Engine, kinds: ReadonlySet<DiskUsageKind>): Promise<DiskUsage> {
  const [containers, volumes, buildCache] = await Promise.all([
    kinds.has('container') ? containerUsage(engine) : undefined,
    kinds.has('volume') ? volumeUsage(engine) : undefined,
    kinds.has('build-cache') ? cacheUsage(engine) : undefined,
  ]);
  return { containers, volumes, buildCache, images: kinds.has('image') ? imageUsage(engine) : undefined };
}

function imageUsage({ images, containers }: Engine): DiskUsage['images'] {
  const items = images
    .list({ sizes: 'shared' })
    .map((image) => ({ ...image, Containers: containers.usersOf(image.Id).length }));
  return { layersSize: images.imagesSize, items };
}

async function containerUsage({ containers }: Engine) {
  const now = Date.now();
  const { floor, index } = containers;
  return Promise.all(index.all().map(async (each) => summarize(each, now, await sizesOf(floor, each))));
}

async function volumeUsage({ volumes }: Engine) {
  // What is mounted by somebody's options takes no space of the engine's, or nobody knows how much.
  const found = (await volumes.list()).filter(({ Options: options }) => Object.keys(options ?? {}).length === 0);
  return Promise.all(
    found.map(async (volume) => ({
      ...volume,
      UsageData: { RefCount: volumes.users(volume.Name).length, Size: await volumes.size(volume.Name) },
    })),
  );
}

/** Layers that the build cache keeps, each once, and cache mounts. */
async function cacheUsage({ builds }: Engine) {
  const things = (await builds?.builder.cached()) ?? [];
  const byId = new Map<string, CachedThing[]>();
  for (const thing of things) {
    const { type, id, diffId } = thing;
    const shown = type === 'exec.cachemount' ? id.slice(0, 12) : diffId && shortId(diffId);
    if (shown !== undefined) byId.set(shown, [...(byId.get(shown) ?? []), thing]);
  }
  return [...byId].map(([id, same]) => {
    const { type, description, inUse, shared, bytes } = same[0]!;
    const times = (name: 'createdAt' | 'usedAt') => same.map((each) => each[name].getTime());
    return {
      ID: id,
      Type: type,
      Description: description,
      InUse: inUse,
      Shared: shared,
      Size: bytes,
      CreatedAt: new Date(Math.min(...times('createdAt'))).toISOString(),
      LastUsedAt: new Date(Math.max(...times('usedAt'))).toISOString(),
      UsageCount: same.length,
    };
  });
}
