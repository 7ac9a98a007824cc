import type { ImageId } from '../../core/image/digest.ts';
import type { Platform } from '../../core/image/platform.ts';
import type { Reference } from '../../core/image/reference.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import { describeManifest, historyRows, inspect, manifestDescriptor, splitReferences } from './describe.ts';
import type { ImageFinder } from './find-image.ts';
import type { ImageUser, ListOptions } from './image-store.ts';
import type { ImageTable } from './image-table.ts';
import { type LayerFiles, listLayers } from './layer-listing.ts';
import { listImages } from './list.ts';
import type {
  HistoryRow,
  ImageInspect,
  ImageManifest,
  ImageSummary,
  LayerListing,
  ManifestDescriptor,
} from './records.ts';
import type { ReferenceTable } from './reference-table.ts';
import type { StoredIndex } from './stored.ts';

/** What is told of images is read from here. */
export interface ReaderGround {
  readonly images: ImageTable;
  readonly names: ReferenceTable;
  readonly finder: ImageFinder;
  readonly files: LayerFiles;
  readonly snapshotter: Snapshotter;
  readonly users: (id: ImageId) => readonly ImageUser[];
}

/** Tells of images in the shapes of the Engine API, and changes none. */
export class ImageReader {
  constructor(private readonly ground: ReaderGround) {}

  /** Of an image's manifest, with its platform. */
  manifestOf(id: ImageId): ManifestDescriptor | undefined {
    const entry = this.ground.images.get(id);
    if (entry === undefined) return undefined;
    const { os, architecture, variant } = entry.image.config;
    const platform = { architecture, os, ...(variant !== undefined && { variant }) };
    return { ...manifestDescriptor(entry.stored), platform };
  }

  list(options: ListOptions): ImageSummary[] {
    const { images, names, finder } = this.ground;
    return listImages(
      {
        images: [...images.all()].map(({ image }) => image),
        references: (id) => names.of(id),
        isPart: (id) => names.isPart(id),
        resolve: (name) => finder.resolve(name),
        target: (image, references, manifests) => {
          const { Descriptor, Manifests } = this.#target(image.id, this.#indexAmong(references));
          return { Descriptor, ...(manifests === 'listed' && { Manifests: Manifests() }) };
        },
      },
      options,
    );
  }

  inspect(name: string, platform: Platform | undefined): ImageInspect {
    const { images, names, finder, snapshotter } = this.ground;
    const { id } = finder.resolve(name, platform);
    const inspected = inspect(images.get(id)!, names.of(id), snapshotter);
    const { Descriptor, Manifests } = this.#target(id, platform === undefined ? finder.indexOf(name) : undefined);
    return { ...inspected, Descriptor, Manifests: Manifests() };
  }

  history(name: string, platform: Platform | undefined): HistoryRow[] {
    const { images, names, finder } = this.ground;
    const get = (id: ImageId) => images.get(id)?.image;
    return historyRows(finder.resolve(name, platform), { get, references: (id) => names.of(id) });
  }

  layers(name: string, signal: AbortSignal | undefined): Promise<LayerListing> {
    const image = this.ground.finder.resolve(name);
    return listLayers(image, splitReferences(this.ground.names.of(image.id)).tags, this.ground.files, signal);
  }

  #indexAmong(references: readonly Reference[]): StoredIndex | undefined {
    for (const reference of references) {
      const index = this.ground.names.indexOf(reference);
      if (index !== undefined) return index;
    }
    return undefined;
  }

  /** What an image's name means: all of an index where it has one, else the image alone. */
  #target(
    id: ImageId,
    index: StoredIndex | undefined,
  ): { Descriptor: ManifestDescriptor; Manifests(): ImageManifest[] } {
    const { images, users } = this.ground;
    const Manifests = (): ImageManifest[] =>
      (index?.images ?? [id]).flatMap((part) => {
        const entry = images.get(part);
        return entry === undefined ? [] : [describeManifest(entry, users(part))];
      });
    if (index === undefined) return { Descriptor: manifestDescriptor(images.get(id)!.stored), Manifests };
    const { mediaType, digest, size } = index;
    return { Descriptor: { mediaType, digest, size }, Manifests };
  }
}
