import { once } from 'node:events';
import { readdir, readlink } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { okay } from './okay.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

// Clients that do not read what they asked for, and those beside them.

const LINES = 300_000;

let registry: BaseImages;
let daemon: RealDaemon;
const requests: ClientRequest[] = [];

const ok = async (...args: readonly string[]): Promise<string> => okay(await daemon.docker(...args));

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  await ok('pull', 'busybox');
});

afterAll(async () => {
  for (const each of requests) each.destroy();
  const left = await daemon?.stop();
  await registry?.stop();
  expect(left).toEqual([]);
});

/** Asks for a stream, and reads nothing of it but the head. */
async function unread(method: string, path: string): Promise<IncomingMessage> {
  const asked = request({ socketPath: daemon.socket, method, path, agent: false }).end();
  requests.push(asked);
  const [answer]: IncomingMessage[] = await once(asked, 'response');
  if (answer === undefined) throw new Error('no answer');
  return answer;
}

test('who does not read holds up neither others nor the end of a container, and gets all when it reads', async () => {
  const script = `head -c 20000000 /dev/zero >/large; until [ -e /go ]; do sleep 0.1; done; seq ${LINES}; exit 3`;
  await ok('run', '-d', '-t', '--name', 'talks', 'busybox', 'sh', '-c', script);
  const attach = '/containers/talks/attach?stream=1&stdout=1';
  const held = await unread('POST', attach);
  await unread('GET', '/containers/talks/logs?follow=1&stdout=1');
  await unread('GET', '/containers/talks/stats');
  await unread('GET', '/containers/talks/export');
  await unread('GET', '/events');
  const read = text(await unread('POST', attach));
  await ok('exec', 'talks', 'touch', '/go');
  expect(await ok('wait', 'talks')).toBe('3');
  const all = Array.from({ length: LINES }, (_, i) => `${i + 1}\r\n`).join('');
  expect(await read).toBe(all);
  expect(await text(held)).toBe(all);
  expect(await ok('logs', '--tail', '1', 'talks')).toBe(String(LINES));
  // One that goes while it is told what was before is nobody's error.
  const replay = '/containers/talks/attach?logs=1&stdout=1';
  const leaves = await unread('POST', replay);
  const gone = once(leaves, 'close');
  leaves.destroy();
  await gone;
  const again = await unread('POST', replay);
  expect(await text(again)).toBe(all);
  expect(daemon.log()).not.toContain('bug:');
  await ok('rm', 'talks');
});

test('who does not read, and is alone, holds up the process, and not its end', async () => {
  const script = 'until [ -e /go ]; do sleep 0.1; done; seq 1000000; exit 3';
  await ok('run', '-d', '-t', '--name', 'waits', 'busybox', 'sh', '-c', script);
  const held = await unread('POST', '/containers/waits/attach?stream=1&stdout=1');
  await ok('exec', 'waits', 'touch', '/go');
  await expect.poll(() => ok('logs', '--tail', '1', 'waits')).not.toBe('');
  await ok('kill', 'waits');
  expect(await ok('wait', 'waits')).toBe('137');
  held.destroy();
  await ok('rm', 'waits');
});

/** A client that asks, sees that an answer comes and reads none of it. */
async function deaf(head: string): Promise<Socket> {
  const socket = connect(daemon.socket);
  socket.write(`${head}\r\nHost: docker\r\n\r\n`);
  await once(socket, 'readable');
  return socket;
}

/** Sockets that the daemon has open: of clients, and of the programs whose output it reads. */
async function openSockets(): Promise<number> {
  const folder = `/proc/${daemon.pid}/fd`;
  const links = (await readdir(folder)).map((fd) => readlink(join(folder, fd)).catch(() => ''));
  return (await Promise.all(links)).filter((link) => link.startsWith('socket:')).length;
}

test('who goes without having read leaves no socket open and no error behind', async () => {
  const script = `head -c 20000000 /dev/zero >/large; seq ${LINES}; sleep 1000`;
  await ok('run', '-d', '--name', 'large', 'busybox', 'sh', '-c', script);
  await expect.poll(() => ok('logs', '--tail', '1', 'large')).toBe(String(LINES));
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  const heads = [
    'GET /containers/large/export HTTP/1.1',
    'GET /containers/large/archive?path=/large HTTP/1.1',
    `GET /containers/large/attach/ws?stream=1&stdout=1&logs=1 HTTP/1.1\r\n${upgrade}`,
  ];
  const before = await openSockets();
  for (const head of heads) {
    const clients = await Promise.all(Array.from({ length: 8 }, () => deaf(head)));
    for (const client of clients) client.destroy();
  }
  await expect.poll(openSockets).toBe(before);
  expect(daemon.log()).not.toContain('bug:');
  await ok('rm', '-f', 'large');
});
