import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseReference, type Reference } from '../core/image/reference.ts';
import type { RegistryBackend } from './api/registries.ts';
import { EngineError, invalid } from './errors.ts';
import type { ImageStore, PublishImageEvent } from './images/image-store.ts';
import type { Log } from './log.ts';
import { hostPlatform } from './os/host-platform.ts';
import { CacheTransfer } from './registry/cache-transfer.ts';
import {
  ANONYMOUS,
  type Credentials,
  credentialsOf,
  type OwnAccount,
  parseRegistryAuth,
} from './registry/credentials.ts';
import { DockerConfig } from './registry/docker-config.ts';
import { RegistryHosts, type RegistryHostsOptions } from './registry/hosts.ts';
import type { HttpClient } from './registry/http-client.ts';
import { inspectRemote } from './registry/inspect-remote.ts';
import { LayerSources } from './registry/layer-sources.ts';
import { login } from './registry/login.ts';
import { PulledBlobs } from './registry/pulled-blobs.ts';
import { Puller } from './registry/puller.ts';
import { Pusher } from './registry/pusher.ts';
import { searchImages, splitTerm } from './registry/search-images.ts';
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
  readonly puller: Puller;
  readonly pusher: Pusher;
  readonly caches: CacheTransfer;
  readonly backend: RegistryBackend;
  /** Connections to whoever offers files. */
  readonly openHttp: () => HttpClient;
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
  const account = ownAccounts(new DockerConfig(ground.hosts.env, homedir()), log);
  const shared = { images, blobs, hosts, sources, publish, account };
  return {
    puller: new Puller({ ...shared, pulled, platform: hostPlatform() }),
    pusher: new Pusher(shared),
    caches: new CacheTransfer(shared),
    backend: {
      login: ({ serveraddress, ...config }, signal) => login(hosts, serveraddress, credentialsOf(config), signal),
      async inspect(text, auth, signal) {
        const reference = readReference(text);
        const credentials = await given(auth, reference.domain, account, signal);
        return inspectRemote(hosts, reference, credentials, signal);
      },
      async search({ term, limit }, auth, signal) {
        const credentials = await given(auth, splitTerm(term).domain, account, signal);
        return searchImages(hosts, { term, limit, credentials, signal });
      },
    },
    openHttp: () => hosts.openForFiles(),
    [Symbol.dispose]: () => pulled[Symbol.dispose](),
  };
}

/** Accounts in the docker configuration of whom the engine belongs to, for clients that bring none. */
function ownAccounts(config: DockerConfig, log: Log): OwnAccount {
  return async (domain, signal) => {
    try {
      return await config.credentialsOf(domain, signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof EngineError)) throw error;
      log.warn(`going on without an account at ${domain}: ${error.message}`);
      return ANONYMOUS;
    }
  };
}

async function given(
  auth: string | undefined,
  domain: string,
  account: OwnAccount,
  signal: AbortSignal,
): Promise<Credentials> {
  const credentials = parseRegistryAuth(auth);
  return credentials.kind === 'none' ? account(domain, signal) : credentials;
}

function readReference(text: string): Reference {
  const result = parseReference(text);
  if (result.ok) return result.reference;
  throw invalid({ code: 'reference-invalid', message: result.problem, subject: text });
}
