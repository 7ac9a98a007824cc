import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Bridges } from './bridges.ts';
import { hostDialler } from './host-dialler.ts';
import { KeptUplink, UPLINK_RECORD } from './kept-uplink.ts';
import type { NetworkStore } from './network-store.ts';
import { NetworkThread } from './network-thread.ts';
import type { Dialler } from './port-forwarder.ts';
import { threadDialler } from './thread-dialler.ts';
import { SLIRP_SUBNET6, type Uplink } from './user-uplink.ts';

/** What containers' networks stand on: the thread, the namespace with the bridges, the way out. */
export interface Ground {
  readonly thread: NetworkThread;
  readonly bridges: Bridges;
  readonly dialler: Dialler;
  /** Starts the way out, where one is needed, once; gives it where there is one. */
  uplink(): Promise<Uplink | undefined>;
  dispose(): Promise<void>;
}

export interface GroundOptions {
  readonly store: NetworkStore;
  /** For namespaces; below /run or the like. */
  readonly runtimeFolder: string;
  /** Where the networks' records are kept. */
  readonly folder: string;
  readonly threadPath: string;
  readonly bridgeName: string;
  /** `root` works in the host's network namespace, `rootless` in one of the daemon's own. */
  readonly access: 'root' | 'rootless';
}

export async function openGround(options: GroundOptions): Promise<Ground> {
  await mkdir(options.runtimeFolder, { recursive: true, mode: 0o700 });
  const rootless = options.access === 'rootless';
  const home = join(options.runtimeFolder, 'home');
  const thread = new NetworkThread(options.threadPath, { home: rootless ? { path: home } : 'current' });
  const kept = new KeptUplink(join(options.folder, 'attached', UPLINK_RECORD));
  try {
    if (rootless) await kept.recover(await thread.call('home'));
  } catch (error) {
    await thread[Symbol.asyncDispose]();
    throw error;
  }
  const bridges = new Bridges({
    store: options.store,
    thread,
    defaultName: options.bridgeName,
    netns: rootless ? home : undefined,
    taken: rootless ? [SLIRP_SUBNET6] : [],
  });
  const startUplink = async (): Promise<Uplink | undefined> => {
    const started = await kept.start(home);
    // Without it IPv4 works all the same: networks with IPv6 find that there is no way out (`shortcomings`).
    if (started?.ipv6 !== undefined) await thread.call('configureUplink', started.ipv6).catch(() => undefined);
    return started;
  };
  let uplink: Promise<Uplink | undefined> | undefined;
  return {
    thread,
    bridges,
    dialler: rootless ? threadDialler(thread) : hostDialler,
    uplink() {
      uplink ??= rootless ? startUplink() : Promise.resolve(undefined);
      return uplink;
    },
    async dispose() {
      await (await uplink)?.[Symbol.asyncDispose]();
      await kept[Symbol.asyncDispose]();
      await bridges.dispose();
      if (rootless) await thread.call('destroyNamespace', home);
      await thread[Symbol.asyncDispose]();
    },
  };
}
