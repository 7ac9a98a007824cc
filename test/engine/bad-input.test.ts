import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pack } from '../../runtime/archive/pack.ts';
import { tarEntry } from '../../runtime/archive/tar-entry.ts';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { contextFolder } from './build-context.ts';
import { type Answer, ask, engineState } from './engine-state.ts';
import { command, type RealDaemon, startRealDaemon } from './real-daemon.ts';

let registry: BaseImages;
let daemon: RealDaemon;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  await daemon.docker('pull', 'busybox');
});

afterAll(async () => {
  const left = await daemon?.stop();
  await registry?.stop();
  expect(left).toEqual([]);
});

/** Every way in must fail in the same words, and leave the engine as it was. */
async function leavesNothing(attempt: () => Promise<void>): Promise<void> {
  const before = await engineState(daemon);
  await attempt();
  await expect.poll(() => engineState(daemon), { timeout: 10_000 }).toEqual(before);
  expect(daemon.log()).not.toContain('bug:');
}

function contextTar(dockerfile: string): Readable {
  const content = Buffer.from(dockerfile);
  return pack([{ entry: tarEntry({ name: 'Dockerfile', size: content.length }), content }]);
}

interface BuildFailures {
  readonly docker: { readonly code: number; readonly stderr: string };
  readonly lapstrake: { readonly code: number; readonly stderr: string };
  readonly api: Answer;
}

/** Builds a Dockerfile in all three ways. */
async function buildAll(dockerfile: string): Promise<BuildFailures> {
  await using context = await contextFolder({ Dockerfile: dockerfile });
  const docker = await daemon.docker('build', '-t', 'never', context.path);
  const lapstrake = await daemon.lapstrake('build', '-t', 'never', context.path);
  const api = await ask(daemon, 'POST', '/v1.41/build?t=never', { tar: contextTar(dockerfile) });
  return { docker, lapstrake, api };
}

function lastRecord({ text }: Answer): unknown {
  return JSON.parse(text.trim().split('\n').at(-1) ?? '');
}

describe('a Dockerfile', () => {
  test('with a syntax error is refused with its line before anything is done', () =>
    leavesNothing(async () => {
      const message = expect.stringContaining('dockerfile parse error on line 3: unknown instruction: FRM');
      const { docker, lapstrake, api } = await buildAll('FROM busybox\nRUN true\nFRM x\n');
      expect(docker).toMatchObject({ code: 1, stderr: message });
      expect(lapstrake).toMatchObject({ code: 1, stderr: message });
      expect(api.status).toBe(400);
      expect(JSON.parse(api.text)).toEqual({ message });
    }));

  test('that copies what is not there fails at that instruction, before anything is run', () =>
    leavesNothing(async () => {
      const message =
        'COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist';
      const { docker, lapstrake, api } = await buildAll('FROM busybox\nRUN echo ran\nCOPY nope /\n');
      expect(docker).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
      expect(docker).toMatchObject({ stdout: expect.stringContaining('Step 3/3 : COPY nope /\n') });
      expect(lapstrake).toMatchObject({ code: 1, stderr: expect.stringContaining(`/Dockerfile:3: ${message}\n`) });
      expect(lastRecord(api)).toEqual({
        errorDetail: { message, line: 3, advice: expect.any(String) },
        error: message,
      });
    }));

  test('whose command fails ends with its exit code', () =>
    leavesNothing(async () => {
      const message = "The command '/bin/sh -c touch /half; exit 7' returned a non-zero code: 7";
      const { docker, lapstrake, api } = await buildAll('FROM busybox\nRUN touch /half; exit 7\n');
      expect(docker).toMatchObject({ code: 7, stderr: expect.stringContaining(message) });
      expect(lapstrake).toMatchObject({ code: 1, stderr: expect.stringContaining(`/Dockerfile:2: ${message}\n`) });
      expect(lastRecord(api)).toEqual({
        errorDetail: { code: 7, message, line: 2, advice: expect.any(String) },
        error: message,
      });
    }));

  test('with a program, a user or an owner that is not there says which, and where', () =>
    leavesNothing(async () => {
      for (const [line, what] of [
        ['RUN ["/nope"]', '/nope'],
        ['RUN --mount=type=bind,source=/gone,target=/x true', 'gone'],
        ['USER nobody-known\nRUN true', 'unable to find user nobody-known'],
        ['COPY --chown=nobody-known Dockerfile /', 'unable to find user nobody-known'],
      ] as const) {
        const api = await ask(daemon, 'POST', '/v1.41/build?t=never', { tar: contextTar(`FROM busybox\n${line}\n`) });
        const message = expect.stringContaining(what);
        expect(lastRecord(api)).toMatchObject({ errorDetail: { message, line: line.split('\n').length + 1 } });
      }
    }));

  test('on an image that no registry has names the image and its line', () =>
    leavesNothing(async () => {
      const message = expect.stringContaining('manifest for no-such-image:latest not found');
      const { docker, lapstrake, api } = await buildAll('FROM no-such-image\nRUN true\n');
      expect(docker).toMatchObject({ code: 1, stderr: message });
      expect(lapstrake).toMatchObject({ code: 1, stderr: message });
      expect(lastRecord(api)).toMatchObject({ errorDetail: { message, line: 1 } });
    }));

  test('that is not there is named', () =>
    leavesNothing(async () => {
      const api = await ask(daemon, 'POST', '/v1.41/build?dockerfile=other', { tar: contextTar('FROM busybox\n') });
      expect(api).toMatchObject({
        status: 400,
        text: expect.stringContaining('Cannot locate specified Dockerfile: other'),
      });
    }));

  test('in a context that is no tar is refused', () =>
    leavesNothing(async () => {
      const api = await ask(daemon, 'POST', '/v1.41/build', { json: { not: 'a tar' } });
      expect(api.status).toBe(400);
    }));
});

describe('a container', () => {
  test('of an image that no registry has is not made', () =>
    leavesNothing(async () => {
      const docker = await daemon.docker('run', '--rm', 'no-such-image', 'true');
      expect(docker).toMatchObject({ code: 125, stderr: expect.stringContaining('no-such-image') });
      const lapstrake = await daemon.lapstrake('run', '--rm', 'no-such-image', 'true');
      expect(lapstrake).toMatchObject({ code: 125, stderr: expect.stringContaining('no-such-image') });
      const api = await ask(daemon, 'POST', '/v1.41/containers/create', { json: { Image: 'no-such-image' } });
      expect(api).toEqual({ status: 404, text: '{"message":"No such image: no-such-image:latest"}\n' });
    }));

  test('with a port that is in use is not started, and not left', () =>
    leavesNothing(async () => {
      await using busy = await busyPort();
      const message = expect.stringContaining('port is already allocated');
      const publish = ['--rm', '-p', `127.0.0.1:${busy.port}:80`, 'busybox', 'true'];
      expect(await daemon.docker('run', ...publish)).toMatchObject({ code: 125, stderr: message });
      expect(await daemon.lapstrake('run', ...publish)).toMatchObject({ code: 125, stderr: message });
      const HostConfig = { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(busy.port) }] } };
      const made = await ask(daemon, 'POST', '/v1.41/containers/create?name=porter', {
        json: { Image: 'busybox', Cmd: ['true'], HostConfig },
      });
      expect(made.status).toBe(201);
      const started = await ask(daemon, 'POST', '/v1.41/containers/porter/start');
      expect(started).toMatchObject({ status: 409, text: message });
      await daemon.docker('rm', 'porter');
    }));

  test.each([
    [{ Sysctls: { 'kernel.core_pattern': '|/x' } }],
    [{ Sysctls: { 'net/../../kernel/core_pattern': '|/x' } }],
    [{ Sysctls: { 'net.ipv4.ip_forward': '0' }, NetworkMode: 'host' }],
    [{ Sysctls: { 'kernel.sem': '1 1 1 1' }, IpcMode: 'host' }],
  ])('that would change a setting of the host’s kernel is not made: %j', (HostConfig) =>
    leavesNothing(async () => {
      const answer = await ask(daemon, 'POST', '/v1.41/containers/create', { json: { Image: 'busybox', HostConfig } });
      const [name] = Object.keys(HostConfig.Sysctls);
      expect(answer).toMatchObject({ status: 400, text: expect.stringContaining(`sysctl \\"${name}\\" is not`) });
    }),
  );

  test('with a name that is taken is not made', async () => {
    await daemon.docker('create', '--name', 'taken', 'busybox', 'true');
    await leavesNothing(async () => {
      const message = expect.stringContaining('The container name "/taken" is already in use by container');
      const words = ['--name', 'taken', 'busybox', 'true'];
      expect(await daemon.docker('run', ...words)).toMatchObject({ code: 125, stderr: message });
      expect(await daemon.lapstrake('run', ...words)).toMatchObject({ code: 125, stderr: message });
      const api = await ask(daemon, 'POST', '/v1.41/containers/create?name=taken', { json: { Image: 'busybox' } });
      expect(api).toMatchObject({ status: 409, text: expect.stringContaining('is already in use by') });
    });
    await daemon.docker('rm', 'taken');
  });
});

test('an engine that does not run is said so, with the command that starts it', async () => {
  const socket = join(daemon.root, 'nobody.sock');
  const { code, stderr } = await daemon.lapstrake('--host', `unix://${socket}`, 'ps');
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `lapstrake: cannot connect to the engine at unix://${socket}: is it running? Start it with: lapstrake daemon --host unix://${socket}\n`,
  });
  const docker = await command('docker', ['-H', `unix://${socket}`, 'ps']);
  expect(docker).toMatchObject({ code: 1, stderr: expect.stringContaining('Is the docker daemon running?') });
});

test('a damaged layer is named where it is used, and its image can be removed and pulled again', async () => {
  const { stdout } = await daemon.docker('image', 'inspect', '-f', '{{index .RootFS.Layers 0}}', 'busybox');
  const blob = await blobOfLayer(stdout.trim());
  const bytes = await readFile(blob);
  const damaged = Buffer.from(bytes);
  damaged[Math.floor(bytes.length / 2)]! ^= 0xff;
  // What is unpacked already would not need the blob.
  await daemon.restart('SIGTERM', async () => {
    await writeFile(blob, damaged);
    await rm(join(daemon.root, 'snapshots'), { recursive: true });
  });
  await leavesNothing(async () => {
    const message = expect.stringMatching(/damaged|corrupt/);
    expect(await daemon.docker('run', '--rm', 'busybox', 'true')).toMatchObject({ code: 125, stderr: message });
    expect(await daemon.lapstrake('run', '--rm', 'busybox', 'true')).toMatchObject({ code: 125, stderr: message });
    const { docker, lapstrake, api } = await buildAll('FROM busybox\nRUN true\n');
    expect(docker).toMatchObject({ code: 1, stderr: message });
    expect(lapstrake).toMatchObject({ code: 1, stderr: message });
    expect(lastRecord(api)).toMatchObject({ errorDetail: { message, line: 2 } });
  });
  await removeAndPull();
});

test('a damaged image is named where it is used, and can be removed and pulled again', async () => {
  const { stdout } = await daemon.docker('image', 'inspect', '-f', '{{.Id}}', 'busybox');
  const config = join(daemon.root, 'images/blobs/sha256', stdout.trim().slice('sha256:'.length));
  await daemon.restart('SIGTERM', () => writeFile(config, '{}'));
  await leavesNothing(async () => {
    const message = expect.stringContaining('corrupt');
    const words = ['run', '--rm', '--pull', 'never', 'busybox', 'true'];
    expect(await daemon.docker(...words)).toMatchObject({ code: 125, stderr: message });
    expect(await daemon.lapstrake('run', '--rm', 'busybox', 'true')).toMatchObject({ code: 125, stderr: message });
    const { docker, lapstrake } = await buildAll('FROM busybox\nRUN true\n');
    expect(docker).toMatchObject({ code: 1, stderr: message });
    expect(lapstrake).toMatchObject({ code: 1, stderr: message });
  });
  await removeAndPull();
});

/** What the error of a damaged image advises. */
async function removeAndPull(): Promise<void> {
  expect(await daemon.docker('rmi', 'busybox')).toMatchObject({ code: 0 });
  expect(await daemon.docker('pull', 'busybox')).toMatchObject({ code: 0 });
  expect(await daemon.docker('run', '--rm', 'busybox', 'echo', 'hi')).toMatchObject({ code: 0, stdout: 'hi\n' });
}

/** The blob of the store that unpacks to a layer. */
async function blobOfLayer(diffId: string): Promise<string> {
  const folder = join(daemon.root, 'images/layers');
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), 'utf8');
    const digest = text.includes(diffId) ? /"blob":\s*"sha256:([0-9a-f]{64})"/.exec(text)?.[1] : undefined;
    if (digest !== undefined) return join(daemon.root, 'images/blobs/sha256', digest);
  }
  throw new Error(`no layer ${diffId} in ${folder}`);
}

/** A port of this machine that somebody listens on. */
async function busyPort(): Promise<AsyncDisposable & { readonly port: number }> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}
