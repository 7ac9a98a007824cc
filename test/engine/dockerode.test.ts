import { text } from 'node:stream/consumers';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { contextFolder } from './build-context.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

// What this client does otherwise than the docker command: the extension and Testcontainers speak through it.

let registry: BaseImages;
let daemon: RealDaemon;
/** Its types do not know yet that it reads what BuildKit says. */
type FollowingDocker = Docker & {
  followProgress(stream: NodeJS.ReadableStream, done: (error: Error | null, output: unknown[]) => void): void;
};

let docker: FollowingDocker;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  await daemon.docker('pull', 'busybox');
  docker = new Docker({ socketPath: daemon.socket }) as FollowingDocker;
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

test('an image is looked up in its registry, here by way of the mirror', async () => {
  const { Descriptor, Platforms } = await docker.getImage('busybox').distribution();
  const [digest] = (await docker.getImage('busybox').inspect()).RepoDigests;
  expect(digest).toBe(`busybox@${Descriptor.digest}`);
  expect(Platforms).toEqual([{ os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch }]);
  const missing = docker.getImage(`${new URL(registry.registryUrl).host}/none`);
  await expect(missing.distribution()).rejects.toMatchObject({ statusCode: 404 });
});

describe('a build over a BuildKit session', () => {
  async function build(dockerfile: string, options: object = {}): Promise<unknown[]> {
    await using context = await contextFolder({ Dockerfile: dockerfile });
    const stream = await docker.buildImage(
      { context: context.path, src: ['Dockerfile'] },
      { version: '2', ...options },
    );
    return new Promise((done, failed) => {
      docker.followProgress(stream, (error, output) => (error === null ? done(output) : failed(error)));
    });
  }

  test('tells its steps as BuildKit does, and the image at last', async () => {
    const output = await build('FROM busybox\nRUN echo out; echo err >&2\n', { t: 'of-buildkit' });
    const { Id } = await docker.getImage('of-buildkit').inspect();
    const said = output.map((each) => (each as { stream: string }).stream);
    expect(said[0]).toMatch(/^\[sha256:.*\] \[0 1\/2\] FROM busybox\n$/);
    expect(said).toContainEqual(expect.stringContaining('[0 2/2] RUN echo out; echo err >&2'));
    expect(said.at(-1)).toBe(`Built image: ${Id}\n`);
    const again = await build('FROM busybox\nRUN echo out; echo err >&2\n', { t: 'of-buildkit', cachefrom: ['none'] });
    expect(again).toContainEqual({ stream: 'CACHED: [0 2/2] RUN echo out; echo err >&2\n' });
    await docker.getImage('of-buildkit').remove();
  });

  test('that fails says which step and why', async () => {
    const output = await build('FROM busybox\nRUN exit 7\n');
    expect(output).toContainEqual({ stream: expect.stringContaining('returned a non-zero code: 7') });
    expect(output.at(-1)).toMatchObject({ errorDetail: { code: 7 } });
  });

  test('that nobody has opened is refused, as is a context from one', async () => {
    const request = (query: string) =>
      new Promise((done) =>
        docker.modem.dial({ path: `/build?version=2&${query}&`, method: 'POST', statusCodes: {} }, done),
      );
    expect(await request('session=none')).toMatchObject({ statusCode: 404 });
    expect(await request('remote=client-session')).toMatchObject({ statusCode: 501 });
  });
});
