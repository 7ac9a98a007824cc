import { homedir } from 'node:os';
import { ContentDigests } from '../core/disk/content-digests.ts';
import { certificateFolders } from '../core/disk/registry-certificates.ts';
import { parseReference } from '../core/image/reference.ts';
import type { BuildBackend } from './api/build.ts';
import { createBuilder } from './build/local-builder.ts';
import type { PlanDockerfile } from './build/planning.ts';
import { ReceivedContexts } from './build/received-contexts.ts';
import { invalid } from './errors.ts';
import type { ImageStore } from './images/image-store.ts';
import type { Networks } from './networks/networks.ts';
import { hostPlatform } from './os/host-platform.ts';
import type { CacheTransfer } from './registry/cache-transfer.ts';
import type { HttpClient } from './registry/http-client.ts';
import type { Puller } from './registry/puller.ts';
import type { SandboxDriver, SandboxFeatures } from './sandbox/sandbox.ts';
import type { Snapshotter } from './snapshots/snapshotter.ts';
import type { BlobStore } from './store/blob-store.ts';

/** The floors that builds stand on. */
export interface BuildGround {
  /** Folder of the builder's own. */
  readonly folder: string;
  readonly blobs: BlobStore;
  readonly images: ImageStore;
  readonly snapshots: Snapshotter;
  readonly sandbox: SandboxDriver;
  readonly features: SandboxFeatures;
  readonly networks: Networks;
  readonly puller: Puller;
  readonly caches: CacheTransfer;
  /** Connections to whoever offers files. */
  readonly openHttp: () => HttpClient;
}

/** Opens the builder, removing what interrupted builds left. */
export async function openBuilds(
  ground: BuildGround,
  planDockerfile: PlanDockerfile,
  log: (line: string) => void,
): Promise<BuildBackend> {
  const { folder, puller } = ground;
  const contexts = await ReceivedContexts.open(folder, (error) => log(`a build context cannot be removed: ${error}`));
  const builder = createBuilder(
    {
      ...ground,
      digests: new ContentDigests(Date.now, contexts.folder),
      platform: hostPlatform(),
      now: () => new Date(),
      env: process.env,
      certificates: certificateFolders(process.env, homedir()),
      obtain: async (text, { progress, platform, accounts, signal }) => {
        const result = parseReference(text);
        if (!result.ok) throw invalid({ code: 'reference-invalid', message: result.problem, subject: text });
        const report = (record: object): void => progress({ kind: 'pull', record: { ...record } });
        const { reference } = result;
        const credentials = await accounts?.(reference.domain, signal);
        return puller.pull({ reference, platform, keepOthers: true, credentials, report, signal });
      },
    },
    planDockerfile,
  );
  for (const line of await builder.recover()) log(line);
  return { builder, contexts };
}
