import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { missingMountPoints, rememberFiles, removeMountPoints } from './mount-points.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-points-'));
  for (const folder of ['proc', 'sys', 'dev', 'etc', 'srv']) await mkdir(join(root, folder));
  await writeFile(join(root, 'etc/hosts'), '');
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('points that were made for mounts go, with the directories above; what was there or was filled stays', async () => {
  const points = await missingMountPoints(root, ['/srv/cache/deep', '/opt/kept']);
  for (const folder of ['srv/cache/deep', 'opt/kept']) await mkdir(join(root, folder), { recursive: true });
  for (const file of ['etc/hostname', 'etc/resolv.conf', 'opt/kept/file']) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), file.startsWith('opt') ? 'content' : '');
  }
  await removeMountPoints(points);
  expect((await readdir(root)).sort()).toEqual(['dev', 'etc', 'opt', 'proc', 'srv', 'sys']);
  expect(await readdir(join(root, 'etc'))).toEqual(['hosts']);
  expect(await readdir(join(root, 'srv'))).toEqual([]);
  expect(await readdir(join(root, 'opt/kept'))).toEqual(['file']);
});

test('files that were overwritten come back with their times, and those that were not there go', async () => {
  await writeFile(join(root, 'etc/hosts'), 'the image’s');
  await utimes(join(root, 'etc/hosts'), 5, 5);
  const putBack = await rememberFiles(root, ['/etc/hosts', '/etc/hostname']);
  for (const name of ['hosts', 'hostname']) await writeFile(join(root, 'etc', name), 'the sandbox’s');
  await putBack();
  expect(await readdir(join(root, 'etc'))).toEqual(['hosts']);
  expect(await readFile(join(root, 'etc/hosts'), 'utf8')).toBe('the image’s');
  expect((await stat(join(root, 'etc/hosts'))).mtimeMs).toBe(5000);
});
