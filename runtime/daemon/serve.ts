import { rmSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { Router } from '../api/router.ts';
import { ApiServer } from '../api/server.ts';
import { serveBuild } from '../cli/served-build.ts';
import { type Engine, openEngine } from '../engine.ts';
import { engineRouter } from '../engine-routes.ts';
import type { Log } from '../log.ts';
import type { Standing } from '../os/reexec.ts';
import { lockRoot, type RootLock } from '../store/lock.ts';
import { takeRootFormat } from '../store/root-format.ts';
import { VERSION } from '../version.ts';
import { IdleMemory } from './idle-memory.ts';
import type { DaemonOptions } from './options.ts';
import { readTlsIdentity } from './tcp-options.ts';

/** What a daemon is told by the process that it is. */
export interface Around {
  readonly standing: Standing;
  /** Folder of the bundled programs. */
  readonly programs: string;
  readonly log: Log;
}

/** A daemon that listens; disposing of it stops all its containers and gives back all that it holds. */
export interface Daemon extends AsyncDisposable {
  readonly engine: Engine;
  /** URLs. */
  readonly addresses: readonly string[];
  /** For an end at once: nobody is to find a socket at which nobody answers. */
  removeSocket(): void;
}

/** Takes the root, opens the engine and listens. What was taken is given back where a step fails. */
export async function serve(options: DaemonOptions, around: Around): Promise<Daemon> {
  const lock = await lockRoot(options.root);
  try {
    await takeRootFormat(options.root, VERSION);
    return await open(options, around, lock);
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

async function open(options: DaemonOptions, { standing, programs, log }: Around, lock: RootLock): Promise<Daemon> {
  const identity = options.tcp && (await readTlsIdentity(options.tcp));
  const engine = await openEngine({ ...options, programs, standing, log });
  const router: Router = engineRouter(engine, serveBuild(options.socket));
  const memory = new IdleMemory();
  const server = new ApiServer({ router, log, version: VERSION, onRequest: () => memory.touch() });
  const addresses: string[] = [];
  try {
    await server.listen(options.socket);
    addresses.push(`unix://${options.socket}`);
    for (const address of options.tcp?.addresses ?? []) {
      const port = await server.listenTls(address, identity!);
      addresses.push(`tcp://${isIPv6(address.host) ? `[${address.host}]` : address.host}:${port}`);
    }
    memory.touch();
  } catch (error) {
    await server.close();
    await engine[Symbol.asyncDispose]();
    throw error;
  }
  return {
    engine,
    addresses,
    removeSocket: () => rmSync(options.socket, { force: true }),
    async [Symbol.asyncDispose]() {
      // Clients that follow a container see its end before they are cut off.
      await engine[Symbol.asyncDispose]();
      await server.close();
      memory[Symbol.dispose]();
      await lock[Symbol.asyncDispose]();
    },
  };
}
