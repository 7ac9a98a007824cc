import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SandboxProcess } from '../sandbox/sandbox.ts';
import { pumpOutput } from './pump.ts';

let folder: string;
let server: Server;
let stdout: Socket;
let written: Socket;

// A process that has ended: what it wrote is in the kernel, and nobody has read it yet.
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-pump-'));
  server = createServer().listen(join(folder, 'stdout'));
  await once(server, 'listening');
  stdout = connect(join(folder, 'stdout'));
  [written] = await once(server, 'connection');
});
afterEach(async () => {
  written.destroy();
  server.close();
  await rm(folder, { recursive: true });
});

async function pump(meanwhile: () => void): Promise<string> {
  const process: SandboxProcess = {
    ...{ pid: 0, stdin: undefined, stdout, stderr: undefined, resize: () => undefined },
    exited: Promise.resolve({ exitCode: 0, at: Date.now(), oomKilled: false }),
  };
  const chunks: string[] = [];
  const write = (_name: string, chunk: Buffer): undefined => void chunks.push(String(chunk));
  const pumped = pumpOutput(process, { write, hurry: () => undefined });
  await Promise.resolve();
  meanwhile();
  await pumped;
  return chunks.join('');
}

it('loses nothing of a process that has ended, however busy the daemon is', async () => {
  written.end('all of it\n');
  const text = await pump(() => {
    for (const end = Date.now() + 400; Date.now() < end; );
  });
  expect(text).toBe('all of it\n');
});

it('does not wait for what a process left behind that holds its output', async () => {
  written.write('done\n');
  expect(await pump(() => undefined)).toBe('done\n');
});
