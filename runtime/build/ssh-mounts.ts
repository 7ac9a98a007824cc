import { once } from 'node:events';
import { chmod, chown } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { RunMount } from '../../core/plan/effect.ts';
import { BuildError } from './build-error.ts';
import type { Cleanup } from './cleanup.ts';
import type { StepContext } from './step-context.ts';

/** Sockets that lead to the user's SSH agents, by their mounts; those that were not given and are not required are left out. */
export async function forwardAgents(
  { request }: StepContext,
  mounts: readonly RunMount[],
  scratch: string,
  cleanup: Cleanup,
): Promise<ReadonlyMap<RunMount, string>> {
  const sockets = new Map<RunMount, string>();
  for (const [index, mount] of mounts.entries()) {
    const id = mount.id ?? 'default';
    const agent = request.sshAgents?.get(id);
    if (agent === undefined) {
      if (mount.required) throw missing(id, mount);
      continue;
    }
    const socket = join(scratch, `ssh-${index}.sock`);
    await forward(socket, agent, cleanup);
    await chown(socket, mount.uid ?? 0, mount.gid ?? 0);
    await chmod(socket, mount.mode ?? 0o600);
    sockets.set(mount, socket);
  }
  return sockets;
}

async function forward(socket: string, agent: string, cleanup: Cleanup): Promise<void> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (inside) => {
    const outside = connect({ path: agent, allowHalfOpen: true });
    for (const each of [inside, outside]) {
      open.add(each);
      each.once('close', () => open.delete(each));
      // An agent that hangs up, or that is not there, is the command's to tell of.
      each.once('error', () => {
        inside.destroy();
        outside.destroy();
      });
    }
    inside.pipe(outside);
    outside.pipe(inside);
  });
  server.listen(socket);
  await once(server, 'listening');
  cleanup.defer(async () => {
    for (const each of open) each.destroy();
    server.close();
    await once(server, 'close');
  });
}

function missing(id: string, { range }: RunMount): BuildError {
  return new BuildError('invalid', {
    code: 'ssh-agent-missing',
    message: `unset ssh forward key ${id}: give the build an agent with --ssh ${id}`,
    range,
    subject: id,
  });
}
