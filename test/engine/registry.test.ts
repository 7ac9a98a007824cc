import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { findProgram } from '../../scripts/fixtures/host.mjs';
import { okay } from './okay.ts';
import { command, type RealDaemon, startRealDaemon } from './real-daemon.ts';

// A real registry: Debian's docker-registry where it is installed (in CI it is), else our own.
let registry: BaseImages;
let daemon: RealDaemon;

/** Runs docker and gives what it printed; fails where docker did. */
const ok = async (...args: readonly string[]): Promise<string> => okay(await daemon.docker(...args));

const host = () => new URL(registry.registryUrl).host;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox', 'debian'] });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
});

afterAll(async () => {
  const left = await daemon?.stop();
  await registry?.stop();
  expect(left).toEqual([]);
});

test('the registry is the real one where it is installed', async () => {
  expect(registry.kind).toBe((await findProgram('docker-registry')) ? 'docker-registry' : 'built-in');
});

test('a name of Docker Hub comes from the mirror, and runs', async () => {
  expect(await ok('pull', 'busybox')).toMatch(/Status: Downloaded newer image for busybox:latest/);
  expect(await ok('run', '--rm', 'busybox', 'echo', 'hi')).toBe('hi');
});

test('what is there already is not fetched again', async () => {
  expect(await ok('pull', 'busybox')).toMatch(/Status: Image is up to date for busybox:latest/);
});

test('run pulls an image that is not here', async () => {
  const { code, stdout, stderr } = await daemon.docker(
    'run',
    '--rm',
    'debian:bookworm-slim',
    'sh',
    '-c',
    '. /etc/os-release; echo $ID',
  );
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'debian\n' });
  expect(stderr).toContain("Unable to find image 'debian:bookworm-slim' locally");
});

test('a name with the registry’s own host is pulled from there, and by digest', async () => {
  await ok('pull', `${host()}/library/busybox:latest`);
  const [digest = ''] = JSON.parse(await ok('inspect', '-f', '{{json .RepoDigests}}', `${host()}/library/busybox`));
  expect(digest).toMatch(/@sha256:[0-9a-f]{64}$/);
  expect(await ok('pull', digest)).toContain(digest.split('@')[1]);
});

test('a tag and a repository that do not exist are errors that name them', async () => {
  const tag = await daemon.docker('pull', `${host()}/library/busybox:nowhere`);
  expect({ code: tag.code, named: tag.stderr.includes('busybox:nowhere') }).toEqual({ code: 1, named: true });
  const repository = await daemon.docker('pull', `${host()}/library/nothing`);
  expect({ code: repository.code, named: repository.stderr.includes('library/nothing') }).toEqual({
    code: 1,
    named: true,
  });
});

test('a registry that does not answer is an error that names it', async () => {
  const { code, stderr } = await daemon.docker('pull', '127.0.0.1:9/library/busybox');
  expect(code).toBe(1);
  expect(stderr).toContain('127.0.0.1:9');
});

test('skopeo reads the store as the OCI layout that it is', async ({ skip }) => {
  if ((await findProgram('skopeo')) === undefined) skip('skopeo is not here');
  const { code, stdout, stderr } = await command('skopeo', ['inspect', `oci:${daemon.root}/images:busybox:latest`]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ Os: 'linux' });
});
