import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { defaultAddress } from '../../protocol/engine-address.ts';
import { endProcess } from './process-group.ts';

/** The engine that an extension starts for itself in an environment. */
export interface OwnEngine {
  readonly socket: string;
  readonly root: string;
  readonly docker: Docker;
  /** Ends it, where it was started. */
  stop(): Promise<void>;
}

/** Says where the engine of an environment is; nothing is started. */
export function ownEngine(env: Readonly<Record<string, string | undefined>>): OwnEngine {
  const { socket, root } = defaultAddress({ env, uid: process.getuid?.() ?? 1000, home: env.HOME ?? '/' });
  return {
    socket,
    root,
    docker: new Docker({ socketPath: socket }),
    async stop() {
      const holder = await readFile(join(root, 'lapstraked.lock'), 'utf8').catch(() => '');
      const pid = Number(holder.trim());
      if (pid > 0) await endProcess(pid, 20_000);
    },
  };
}
