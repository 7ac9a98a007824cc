import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from './connect.ts';

let folder: string;
let socket: string;
let impostor: Server;
let asked: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-connect-'));
  socket = join(folder, 's.sock');
  asked = 0;
  impostor = createServer((_, response) => {
    asked++;
    response.end('OK');
  });
  await new Promise<void>((resolve) => impostor.listen(socket, resolve));
});

afterEach(async () => {
  await new Promise((resolve) => impostor.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const surroundings = () => ({
  env: { LAPSTRAKE_HOST: `unix://${socket}`, LAPSTRAKE_ROOT: join(folder, 'root') },
  uid: process.getuid?.() ?? 0,
  home: folder,
});

test('an engine in a folder that every user may write to is not spoken to: another user may pose as it', async () => {
  await chmod(folder, 0o777);
  await expect(connect(undefined, surroundings(), folder, AbortSignal.timeout(5000))).rejects.toMatchObject({
    kind: 'forbidden',
    code: 'socket-untrusted',
    message: expect.stringContaining(
      `refusing to speak to unix://${socket} because of ${folder}: every user may write`,
    ),
  });
  expect(asked).toBe(0);
});

test("an engine in the user's own folder is spoken to", async () => {
  const engine = await connect(undefined, surroundings(), folder, AbortSignal.timeout(5000));
  expect(engine.socket).toBe(socket);
  expect(asked).toBe(1);
});
