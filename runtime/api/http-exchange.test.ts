import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import * as z from 'zod/mini';
import { lineLog } from '../log.ts';
import { Router } from './router.ts';
import { ApiServer } from './server.ts';

/** A server, and a client that has one connection at a time; each answer tells whether it came over the one before. */
async function serverAndClient() {
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-api-'));
  const router = new Router({
    'GET /thing': (x) => x.sendJson(200, { is: 'there' }),
    'HEAD /thing': (x) => x.sendEmpty(200),
    'DELETE /thing': (x) => x.sendEmpty(204),
    'POST /thing': async (x) => x.sendJson(201, await x.json(z.object({ a: z.number() }))),
  });
  const log = lineLog(() => undefined, { level: 'info', format: 'text', now: () => new Date() });
  const server = new ApiServer({ router, log, version: '1' });
  const socketPath = join(folder, 'sock');
  await server.listen(socketPath);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(async () => {
    agent.destroy();
    await server.close();
    await rm(folder, { recursive: true });
  });
  return (method: string, path: string, body?: string) =>
    new Promise<{ status: number | undefined; text: string; reused: boolean }>((resolve, reject) => {
      const asked = request({ socketPath, agent, method, path }, async (answer) => {
        resolve({ status: answer.statusCode, text: await text(answer), reused: asked.reusedSocket });
      });
      asked.on('error', reject).end(body);
    });
}

test('a connection serves one request after the other, with and without a body', async () => {
  const ask = await serverAndClient();
  expect(await ask('HEAD', '/thing')).toEqual({ status: 200, text: '', reused: false });
  expect(await ask('GET', '/thing')).toEqual({ status: 200, text: '{"is":"there"}\n', reused: true });
  expect(await ask('POST', '/thing', '{"a":1}')).toEqual({ status: 201, text: '{"a":1}\n', reused: true });
  expect(await ask('DELETE', '/thing')).toEqual({ status: 204, text: '', reused: true });
  expect(await ask('GET', '/nothing')).toMatchObject({ status: 404, reused: true });
  expect(await ask('POST', '/thing', '{"a":"b"}')).toMatchObject({ status: 400, reused: true });
  expect(await ask('GET', '/thing')).toMatchObject({ status: 200, reused: true });
});
