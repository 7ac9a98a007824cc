import { text } from 'node:stream/consumers';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

// What this client does otherwise than the docker command: the extension and Testcontainers speak through it.

let registry: BaseImages;
let daemon: RealDaemon;
let docker: Docker;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  await daemon.docker('pull', 'busybox');
  docker = new Docker({ socketPath: daemon.socket });
});

afterAll(async () => {
  const left = await daemon?.stop();
  await registry?.stop();
  expect(left).toEqual([]);
});

test('attach gives a container what is typed, and nothing of the request', async () => {
  const container = await docker.createContainer({
    ...{ Image: 'busybox', Cmd: ['cat'], Tty: true, OpenStdin: true, StdinOnce: true },
    HostConfig: { AutoRemove: true },
  });
  const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
  await container.start();
  stream.write('typed\n');
  stream.write('\x04');
  expect(await text(stream)).toBe('typed\r\ntyped\r\n');
});

test('attach without input shows both outputs', async () => {
  const script = 'echo out; echo err >&2';
  const container = await docker.createContainer({
    ...{ Image: 'busybox', Cmd: ['sh', '-c', script] },
    HostConfig: { AutoRemove: true },
  });
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  await container.start();
  expect(await text(stream)).toMatch(/out\n.*err\n/s);
});

test('exec gives a process what is typed, and nothing of the request', async () => {
  const container = await docker.createContainer({ Image: 'busybox', Cmd: ['sleep', '1000'] });
  await container.start();
  const exec = await container.exec({ Cmd: ['cat'], AttachStdin: true, AttachStdout: true, Tty: true });
  const stream = await exec.start({ hijack: true, stdin: true, Tty: true });
  stream.write('typed\n');
  stream.write('\x04');
  expect(await text(stream)).toBe('typed\r\ntyped\r\n');
  expect((await exec.inspect()).ExitCode).toBe(0);
  await container.remove({ force: true });
});
