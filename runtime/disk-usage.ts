import { type DiffId, shortId } from '../core/image/digest.ts';
import type { Container } from './containers/container.ts';
import { summarize } from './containers/summary.ts';
import type { Engine } from './engine.ts';

/** What takes space on the disk (`GET /system/df`): images with what they share, containers, volumes, the build cache. */
export async function diskUsage(engine: Engine): Promise<Record<string, unknown>> {
  const { containers, images, volumes, builds } = engine;
  const now = Date.now();
  const cached = builds === undefined ? [] : await builds.builder.keptLayers();
  const buildCache = [...cacheRecords(engine, cached), ...(await mountRecords(engine))];
  const sizes = async (container: Container) => {
    const { bytes } = await containers.floor.snapshots.usage(container.id);
    const image = images.find(container.record.imageId);
    const below = image?.layers.reduce((sum, layer) => sum + layer.bytes, 0) ?? 0;
    return { SizeRw: bytes, SizeRootFs: bytes + below };
  };
  return {
    LayersSize: images.imagesSize,
    Images: images
      .list({ sizes: 'shared' })
      .map((image) => ({ ...image, Containers: containers.usersOf(image.Id).length })),
    Containers: await Promise.all(containers.index.all().map(async (each) => summarize(each, now, await sizes(each)))),
    Volumes: await Promise.all(
      (await volumes.list()).map(async (volume) => ({
        ...volume,
        UsageData: { RefCount: volumes.users(volume.Name).length, Size: await volumes.size(volume.Name) },
      })),
    ),
    BuildCache: buildCache,
    BuilderSize: buildCache.reduce((sum, { Size, Shared }) => sum + (Shared ? 0 : Size), 0),
  };
}

/** Layers that the build cache keeps; those that an image has too cost nothing more, and are shared. */
function cacheRecords({ images }: Engine, cached: readonly DiffId[]) {
  const inImages = new Set(
    images.list({ all: true }).flatMap(({ Id }) => images.get(Id)?.layers.map(({ diffId }) => diffId) ?? []),
  );
  return [...new Set(cached)].flatMap((diffId) => {
    const layer = images.layer(diffId);
    if (layer === undefined) return [];
    return {
      ID: shortId(diffId),
      Parent: '',
      Type: 'regular',
      Description: '',
      InUse: false,
      Shared: inImages.has(diffId),
      Size: layer.bytes,
      CreatedAt: '0001-01-01T00:00:00Z',
      LastUsedAt: null,
      UsageCount: 1,
    };
  });
}

/** The caches of `RUN --mount=type=cache`. */
async function mountRecords({ builds }: Engine) {
  const mounts = (await builds?.builder.cacheMounts()) ?? [];
  return mounts.map(({ name, bytes, inUse }) => ({
    ID: name.slice(0, 12),
    Parent: '',
    Type: 'exec.cachemount',
    Description: 'cached mount',
    InUse: inUse,
    Shared: false,
    Size: bytes,
    CreatedAt: '0001-01-01T00:00:00Z',
    LastUsedAt: null,
    UsageCount: 1,
  }));
}
