import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../os/spawn.ts';
import { openAgents } from './build-agents.ts';

let folder: string;
let listening: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-agents-'));
  listening = createServer().listen(join(folder, 'agent.sock'));
  for (const name of ['one', 'two'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(folder, name)]);
});
afterAll(async () => {
  listening?.close();
  await rm(folder, { recursive: true, force: true });
});

const open = (texts: readonly string[], env: Record<string, string> = {}) =>
  openAgents(texts, { env: { PATH: process.env.PATH, ...env }, folder, signal: AbortSignal.timeout(10_000) });

it('takes agents by their names, and the one of the environment', async () => {
  await using agents = await open(['default', 'other=agent.sock'], { SSH_AUTH_SOCK: '/run/agent' });
  expect(agents.sockets).toEqual({ default: '/run/agent', other: join(folder, 'agent.sock') });
});

it('starts an agent for keys, which has them alone and ends with the build', async () => {
  const socket = await (async () => {
    await using agents = await open(['deploy=one,two']);
    const { deploy = '' } = agents.sockets;
    const env = { PATH: process.env.PATH ?? '', SSH_AUTH_SOCK: deploy };
    const listed = (await run('ssh-add', ['-l'], { env })).stdout.toString();
    expect(
      listed
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[2]),
    ).toEqual(['one', 'two']);
    return deploy;
  })();
  await expect(stat(socket)).rejects.toThrow('ENOENT');
});

it.each([
  [['default'], 'there is no SSH agent: start one, or name its socket or a key with default=PATH'],
  [['x=nothing'], 'nothing is neither a socket nor a key'],
  [['x=agent.sock,one'], 'it is one socket, or keys'],
  [['x=one.pub'], 'one.pub cannot be used: '],
])('%j is refused', async (texts, message) => {
  await expect(open(texts)).rejects.toThrow(message);
});
