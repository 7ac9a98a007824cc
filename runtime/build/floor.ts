import type { ContentDigests } from '../../core/disk/content-digests.ts';
import type { Platform } from '../../core/image/platform.ts';
import type { Image, ImageStore } from '../images/image-store.ts';
import type { Networks } from '../networks/networks.ts';
import type { CacheTransfer } from '../registry/cache-transfer.ts';
import type { Accounts } from '../registry/credentials.ts';
import type { HttpClient } from '../registry/http-client.ts';
import type { SandboxDriver, SandboxFeatures } from '../sandbox/sandbox.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { BuildProgress } from './builder.ts';

/** Has the store hold an image by fetching it. Fails with the registry's error where it cannot. */
export type ObtainImage = (
  reference: string,
  options: {
    readonly progress: BuildProgress;
    readonly platform: Platform;
    readonly accounts: Accounts | undefined;
    readonly signal: AbortSignal;
  },
) => Promise<Image>;

/** What builds stand on. */
export interface BuildFloor {
  /** Folder of the builder's own: its cache, cache mounts and what a step needs while it runs. */
  readonly folder: string;
  readonly blobs: BlobStore;
  readonly images: ImageStore;
  readonly snapshots: Snapshotter;
  readonly sandbox: SandboxDriver;
  /** What that sandbox can do. */
  readonly features: SandboxFeatures;
  readonly networks: Networks;
  readonly obtain: ObtainImage;
  /** Caches of builds in registries. */
  readonly caches: CacheTransfer;
  /** Connections to whoever offers files, to be disposed of. */
  readonly openHttp: () => HttpClient;
  /** Folders of certificates, as `certificateFolders` names them. */
  readonly certificates: readonly string[];
  /** Environment of the engine. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly digests: ContentDigests;
  /** What this machine runs. */
  readonly platform: Platform;
  readonly now: () => Date;
}
