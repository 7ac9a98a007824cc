import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunMount } from '../../core/plan/effect.ts';
import { Cleanup } from './cleanup.ts';
import { forwardAgents } from './ssh-mounts.ts';

const range = { start: { line: 2, character: 0 }, end: { line: 2, character: 9 } };
const MOUNT: RunMount = {
  ...{ type: 'ssh', target: '/run/buildkit/ssh_agent.0', source: '/', readOnly: true, sharing: 'shared' },
  ...{ required: false, range },
};

let folder: string;
let agent: Server;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-ssh-'));
  agent = createServer({ allowHalfOpen: true }, (socket) => {
    let asked = '';
    socket.on('data', (chunk) => {
      asked += String(chunk);
    });
    socket.on('end', () => socket.end(`agent heard ${asked}`));
  }).listen(join(folder, 'agent.sock'));
  await once(agent, 'listening');
});
afterEach(async () => {
  agent.close();
  await rm(folder, { recursive: true, force: true });
});

function context(agents: Readonly<Record<string, string>>) {
  return { request: { sshAgents: new Map(Object.entries(agents)) } } as unknown as Parameters<typeof forwardAgents>[0];
}

test('a command speaks with the agent by a socket that only its user may use, and that goes with the step', async () => {
  const sockets = await (async () => {
    await using cleanup = new Cleanup();
    const made = await forwardAgents(context({ default: join(folder, 'agent.sock') }), [MOUNT], folder, cleanup);
    const [socket = ''] = [...made.values()];
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    const client = connect({ path: socket, allowHalfOpen: true });
    client.end('a question');
    expect(await text(client)).toBe('agent heard a question');
    return made;
  })();
  expect(sockets.size).toBe(1);
  expect(await readdir(folder)).toEqual(['agent.sock']);
});

test('without an agent there is no socket, unless the command requires it: then the build says how to give one', async () => {
  await using cleanup = new Cleanup();
  expect((await forwardAgents(context({}), [MOUNT], folder, cleanup)).size).toBe(0);
  await expect(forwardAgents(context({}), [{ ...MOUNT, required: true }], folder, cleanup)).rejects.toMatchObject({
    kind: 'invalid',
    code: 'ssh-agent-missing',
    range,
    message: expect.stringContaining('--ssh default'),
  });
});

test('an agent that is gone ends the command’s connection, not the build', async () => {
  await using cleanup = new Cleanup();
  const made = await forwardAgents(context({ default: join(folder, 'gone.sock') }), [MOUNT], folder, cleanup);
  const client = connect([...made.values()][0]!);
  const closed = new Promise((resolve) => client.on('error', () => undefined).on('close', resolve));
  client.end('x');
  await closed;
});
