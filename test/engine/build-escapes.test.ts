import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { contextFolder } from './build-context.ts';
import { startRealDaemon } from './real-daemon.ts';

// A RUN is done by whoever wrote the Dockerfile: what it leaves behind is tidied up by the engine, with the host's rights.

const HOST_FILE = 'the host’s';

let registry: BaseImages;
let outside: string;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
});
afterAll(() => registry?.stop());

beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), 'lapstrake-outside-'));
  await mkdir(join(outside, 'empty'));
  await writeFile(join(outside, 'lock'), '');
  await writeFile(join(outside, 'hosts'), HOST_FILE);
});
afterEach(() => rm(outside, { recursive: true, force: true }));

const overMountPoint = (place: string): string[] => [
  `RUN --mount=type=tmpfs,target=/m/empty mv /m /n && ln -s ${place} /m`,
  `RUN --mount=type=bind,source=f,target=/o/lock mv /o /p && ln -s ${place} /o`,
];
const overFile = (place: string): string[] => [
  `RUN rm -f /etc/hosts && ln -s ${place}/hosts /etc/hosts`,
  `RUN rm -rf /etc && ln -s ${place} /etc`,
];

describe.each([
  ['oci', overMountPoint],
  ['namespaces', overMountPoint],
  ['chroot', overFile],
] as const)('with the sandbox %s', (sandbox, runs) => {
  test('links that a RUN leaves where the engine tidies up lead to nothing of the host', async () => {
    const daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl, '--sandbox', sandbox]);
    try {
      for (const run of runs(outside)) {
        await using context = await contextFolder({ Dockerfile: `FROM busybox\n${run}\n`, f: 'f' });
        const { code, stderr } = await daemon.docker('build', '-t', 'escape', context.path);
        expect({ run, code, stderr: code === 0 ? '' : stderr }).toEqual({ run, code: 0, stderr: '' });
      }
      expect((await readdir(outside)).sort()).toEqual(['empty', 'hosts', 'lock']);
      expect(await readFile(join(outside, 'hosts'), 'utf8')).toBe(HOST_FILE);
    } finally {
      expect(await daemon.stop()).toEqual([]);
    }
  });
});
