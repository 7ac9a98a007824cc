import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GenericContainer, Network, Wait } from 'testcontainers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { command, type RealDaemon, startRealDaemon } from './real-daemon.ts';

// Clients that are not ours, as people use them: docker-py and Testcontainers for Node, against our socket.

let registry: BaseImages;
let daemon: RealDaemon;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  await daemon.docker('pull', 'busybox');
  process.env.DOCKER_HOST = `unix://${daemon.socket}`;
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
});

afterAll(async () => {
  const left = await daemon?.stop();
  await registry?.stop();
  // Testcontainers leaves the lock behind by which its processes share a reaper, which is turned off here.
  for (const name of await readdir(tmpdir())) {
    if (name.startsWith('testcontainers-node-')) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
  expect(left).toEqual([]);
});

test('docker-py runs, executes, copies, watches, connects, detaches, builds, keeps, and is told what is wrong', async () => {
  const script = join(import.meta.dirname, 'docker-py/client.py');
  // Debian's own Python has Debian's docker-py.
  const { code, stdout, stderr } = await command('/usr/bin/python3', [script]);
  expect({ code, stdout, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stdout: 'all held\n', stderr: '' });
});

test('Testcontainers starts, waits, copies, executes, connects and stops', async () => {
  await using network = await new Network().start();
  await using pages = await new GenericContainer('busybox')
    .withCommand(['sh', '-c', 'mkdir -p /www; cp /page /www/; echo serving; exec httpd -f -p 8080 -h /www'])
    .withCopyContentToContainer([{ content: 'copied in', target: '/page' }])
    .withExposedPorts(8080)
    .withNetwork(network)
    .withNetworkAliases('pages')
    .withWaitStrategy(
      Wait.forAll([Wait.forLogMessage('serving'), Wait.forListeningPorts(), Wait.forHttp('/page', 8080)]),
    )
    .start();
  const answer = await fetch(`http://${pages.getHost()}:${pages.getMappedPort(8080)}/page`);
  expect(await answer.text()).toBe('copied in');
  expect(await pages.exec(['cat', '/page'])).toMatchObject({ exitCode: 0, output: 'copied in' });
  await using healthy = await new GenericContainer('busybox')
    .withCommand(['sh', '-c', 'wget -qO /got http://pages:8080/page && exec sleep 1000'])
    .withNetwork(network)
    .withHealthCheck({ test: ['CMD', 'test', '-e', '/got'], interval: 100, retries: 100, timeout: 10_000 })
    .withWaitStrategy(Wait.forHealthCheck())
    .start();
  expect((await healthy.exec('cat /got')).output).toBe('copied in');
  await healthy.restart();
});
