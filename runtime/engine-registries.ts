import { join } from 'node:path';
import type { ImageStore, PublishImageEvent } from './images/image-store.ts';
import type { Log } from './log.ts';
import { RegistryHosts, type RegistryHostsOptions } from './registry/hosts.ts';
import { LayerSources } from './registry/layer-sources.ts';
import { PulledBlobs } from './registry/pulled-blobs.ts';
import { hostPlatform, Puller } from './registry/puller.ts';
import { Pusher } from './registry/pusher.ts';
import { UnfinishedPulls } from './registry/unfinished-pulls.ts';
import type { BlobStore } from './store/blob-store.ts';

export interface RegistriesGround {
  /** Folder for what is remembered of registries. */
  readonly folder: string;
  readonly images: ImageStore;
  readonly blobs: BlobStore;
  readonly hosts: RegistryHostsOptions;
  /** Milliseconds for which a pull that did not come to its end keeps what it brought. */
  readonly keepFor: number;
  readonly publish: PublishImageEvent;
  readonly log: Log;
}

/** What speaks with registries. */
export interface Registries extends Disposable {
  readonly hosts: RegistryHosts;
  readonly puller: Puller;
  readonly pusher: Pusher;
}

/**
 * Puts together what speaks with registries, before the images are recovered: what pulls that broke have brought is kept.
 * Disposing of it ends what it has planned.
 */
export async function openRegistries(ground: RegistriesGround): Promise<Registries> {
  const { images, blobs, publish, keepFor, log } = ground;
  const hosts = new RegistryHosts(ground.hosts);
  const sources = await LayerSources.open(join(ground.folder, 'layers'), (id) => images.layer(id) !== undefined);
  const unfinished = await UnfinishedPulls.open(join(ground.folder, 'unfinished'), Date.now() - keepFor);
  for (const line of [...(await sources.recover()), ...(await unfinished.recover())]) log.info(line);
  const warn = (message: string, error: unknown): void => log.error(message, error);
  const pulled = new PulledBlobs({ images, blobs, unfinished, keepFor, warn });
  return {
    hosts,
    puller: new Puller({ images, blobs, hosts, sources, pulled, publish, platform: hostPlatform() }),
    pusher: new Pusher({ images, blobs, hosts, sources, publish }),
    [Symbol.dispose]: () => pulled[Symbol.dispose](),
  };
}
