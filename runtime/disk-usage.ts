import { type DiffId, shortId } from '../core/image/digest.ts';
import type { DiskUsage, DiskUsageKind } from './api/shapes/system.ts';
import type { Container } from './containers/container.ts';
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

async function containerUsage({ containers, images }: Engine) {
  const now = Date.now();
  const sizes = async (container: Container) => {
    const { bytes } = await containers.floor.snapshots.usage(container.id);
    const image = images.find(container.record.imageId);
    const below = image?.layers.reduce((sum, layer) => sum + layer.bytes, 0) ?? 0;
    return { SizeRw: bytes, SizeRootFs: bytes + below };
  };
  return Promise.all(containers.index.all().map(async (each) => summarize(each, now, await sizes(each))));
}

async function volumeUsage({ volumes }: Engine) {
  const found = await volumes.list();
  return Promise.all(
    found.map(async (volume) => ({
      ...volume,
      UsageData: { RefCount: volumes.users(volume.Name).length, Size: await volumes.size(volume.Name) },
    })),
  );
}

async function cacheUsage(engine: Engine) {
  const cached = (await engine.builds?.builder.keptLayers()) ?? [];
  return [...cacheRecords(engine, cached), ...(await mountRecords(engine))];
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
