import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { ask } from './engine-state.ts';
import { okay } from './okay.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

// What users ask of containers: honoured, warned about or refused, never passed over.

let registry: BaseImages;
let daemon: RealDaemon;

const ok = async (...args: readonly string[]): Promise<string> => okay(await daemon.docker(...args));

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  await ok('pull', 'busybox');
});

afterAll(async () => {
  const left = await daemon?.stop();
  await registry?.stop();
  expect(left).toEqual([]);
});

test.each([
  [['--gpus', 'all'], 'could not select device driver'],
  [['--log-driver', 'syslog'], "no log driver named 'syslog'"],
  [['--log-opt', 'max-siz=1m'], "unknown log opt 'max-siz'"],
  [['--log-opt', 'max-size=lots'], "invalid size: 'lots'"],
  [['--storage-opt', 'size=1G'], '--storage-opt is not supported'],
  [['--volume-driver', 'nfs', '-v', 'some:/x'], 'plugin "nfs" not found'],
  [['--mount', 'type=volume,dst=/x,volume-driver=nfs'], 'plugin "nfs" not found'],
  [['--runtime', 'kata'], 'unknown or invalid runtime name: kata'],
  [['--pid', 'other'], 'PID mode'],
  [['--ipc', 'other'], 'invalid IpcMode: other'],
  [['--oom-score-adj', '2000'], 'oom score adj'],
])('%j is refused', async (options, message) => {
  const { code, stderr } = await daemon.docker('create', ...options, 'busybox', 'true');
  expect(code).not.toBe(0);
  expect(stderr.toLowerCase()).toContain(message.toLowerCase());
});

test('what has no effect is a warning', async () => {
  const options = ['--cpu-rt-period', '1000000', '--cpu-rt-runtime', '1000'];
  const { stderr } = await daemon.docker('create', '--name', 'warned', ...options, 'busybox');
  for (const field of ['CpuRealtimePeriod', 'CpuRealtimeRuntime']) expect(stderr).toContain(field);
  await ok('rm', 'warned');
});

test('a linked container is found by its alias, in hosts and variables, until the link is taken away', async () => {
  await ok('run', '-d', '--name', 'store', '--expose', '6379', '-e', 'WHAT=things', 'busybox', 'sleep', '1000');
  const out = await ok('run', '--name', 'user', '--link', 'store:db', 'busybox', 'sh', '-c', 'env; ping -c1 db');
  expect(out).toMatch(/^DB_PORT_6379_TCP_ADDR=\d/m);
  expect(out).toContain('DB_NAME=/user/db');
  expect(out).toContain('DB_ENV_WHAT=things');
  expect(out).toContain('1 packets received');
  await ok('rm', '--link', '/user/db');
  expect(await ok('inspect', '-f', '{{.HostConfig.Links}}', 'user')).toBe('[]');
  await ok('kill', 'store');
  await ok('rm', 'user');
  const late = await daemon.docker('run', '--rm', '--link', 'store', 'busybox', 'true');
  expect(late.stderr).toContain('Cannot link to a non running container');
  await ok('rm', 'store');
});

test('a container is attached to over a websocket, both ways', async () => {
  await ok('create', '-i', '--name', 'echo', 'busybox', 'sh', '-c', 'read line; echo got $line');
  const text = await new Promise<string>((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
    const path = '/containers/echo/attach/ws?stream=1&stdin=1&stdout=1';
    const key = { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' };
    const sent = request({ socketPath: daemon.socket, path, headers: { ...headers, ...key } });
    sent.on('upgrade', (response, socket) => {
      expect(response.headers['sec-websocket-accept']).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('end', () => resolve(Buffer.concat(chunks).toString('latin1')));
      const mask = Buffer.from([1, 2, 3, 4]);
      const payload = Buffer.from('hello\n').map((byte, index) => byte ^ mask[index % 4]!);
      ok('start', 'echo').then(() => socket.write(Buffer.concat([Buffer.from([0x81, 0x86]), mask, payload])), reject);
    });
    sent.on('error', reject).end();
  });
  expect(text).toBe('\x82\x0agot hello\n\x88\x00');
  expect((await ask(daemon, 'GET', '/containers/echo/attach/ws')).status).toBe(400);
  await ok('rm', '-f', 'echo');
});

test('details of a log are what its options name', async () => {
  const options = ['--label', 'team=blue', '-e', 'ZONE=north', '--log-opt', 'labels=team', '--log-opt', 'env=ZONE'];
  await ok('run', '--name', 'told', ...options, 'busybox', 'echo', 'said');
  expect(await ok('logs', '--details', 'told')).toBe('ZONE=north,team=blue said');
  await ok('rm', 'told');
});

test('a container that fails is started again, later each time and so often as it may be', async () => {
  await ok('run', '-d', '--name', 'again', '--restart', 'on-failure:3', 'busybox', 'sh', '-c', 'date +%s%N; exit 7');
  const state = (): Promise<string> =>
    ok('inspect', '-f', '{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}', 'again');
  await expect.poll(state).toBe('3 exited 7');
  const times = (await ok('logs', '-t', 'again')).split('\n').map((line) => Date.parse(line.split(' ')[0] ?? ''));
  const gaps = times.slice(1).map((time, index) => time - times[index]!);
  expect(gaps.length).toBe(3);
  expect(gaps[2]).toBeGreaterThan(350);
  await ok('update', '--restart', 'no', 'again');
  await ok('rm', 'again');
});

test('limits change while a container runs', async () => {
  await ok('run', '-d', '--name', 'bound', '-m', '64m', 'busybox', 'sleep', '1000');
  await ok('update', '-m', '32m', '--memory-swap', '64m', '--cpus', '0.5', '--pids-limit', '40', 'bound');
  const stats: unknown = JSON.parse((await ask(daemon, 'GET', '/containers/bound/stats?stream=0&one-shot=1')).text);
  expect(stats).toMatchObject({ memory_stats: { limit: 32 * 1024 * 1024 }, pids_stats: { limit: 40 } });
  expect(await ok('inspect', '-f', '{{.HostConfig.NanoCpus}}', 'bound')).toBe('500000000');
  await ok('rm', '-f', 'bound');
});

test('networks come and go under a running container, and wait for one that rests', async () => {
  await ok('network', 'create', 'one');
  await ok('run', '-d', '--name', 'first', '--network', 'one', '--network-alias', 'known', 'busybox', 'sleep', '1000');
  await ok('run', '-d', '--name', 'second', 'busybox', 'sleep', '1000');
  expect((await daemon.docker('exec', 'second', 'ping', '-c1', 'known')).code).not.toBe(0);
  await ok('network', 'connect', '--link', 'first:linked', 'one', 'second');
  const id = (await ok('inspect', '-f', '{{.Id}}', 'first')).slice(0, 12);
  for (const name of ['first', 'known', id, 'first.one', 'linked']) await ok('exec', 'second', 'ping', '-c1', name);
  await ok('network', 'disconnect', 'one', 'second');
  expect((await daemon.docker('exec', 'second', 'ping', '-c1', 'known')).code).not.toBe(0);
  await ok('create', '--name', 'third', 'busybox', 'ping', '-c1', 'known');
  await ok('network', 'connect', 'one', 'third');
  expect(await ok('start', '-a', 'third')).toContain('1 packets received');
  await ok('rm', '-f', 'first', 'second', 'third');
  await ok('network', 'rm', 'one');
});
