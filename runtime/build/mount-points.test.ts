import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
  await removeMountPoints(root, points);
  expect((await readdir(root)).sort()).toEqual(['dev', 'etc', 'opt', 'proc', 'srv', 'sys']);
  expect(await readdir(join(root, 'etc'))).toEqual(['hosts']);
  expect(await readdir(join(root, 'srv'))).toEqual([]);
  expect(await readdir(join(root, 'opt/kept'))).toEqual(['file']);
});

describe('a link that a command put in the way', () => {
  let outside: string;
  beforeEach(async () => {
    outside = await mkdtemp(join(tmpdir(), 'lapstrake-outside-'));
    await mkdir(join(outside, 'empty'));
    await writeFile(join(outside, 'lock'), '');
    await writeFile(join(outside, 'hosts'), 'the host’s');
  });
  afterEach(() => rm(outside, { recursive: true, force: true }));

  test('above a mount point leads to nothing that is removed', async () => {
    const points = await missingMountPoints(root, ['/m/empty', '/m/lock']);
    await mkdir(join(root, 'm/empty'), { recursive: true });
    await writeFile(join(root, 'm/lock'), '');
    await rename(join(root, 'm'), join(root, 'n'));
    await symlink(outside, join(root, 'm'));
    await removeMountPoints(root, points);
    expect((await readdir(outside)).sort()).toEqual(['empty', 'hosts', 'lock']);
  });

  test.each([
    ['at a file', 'etc/hosts', 'hosts'],
    ['above it', 'etc', '.'],
  ])('%s leads to nothing that is written or removed', async (_, place, target) => {
    const putBack = await rememberFiles(root, ['/etc/hosts', '/etc/lock']);
    await rm(join(root, place), { recursive: true });
    await symlink(join(outside, target), join(root, place));
    await putBack();
    expect((await readdir(outside)).sort()).toEqual(['empty', 'hosts', 'lock']);
    expect(await readFile(join(outside, 'hosts'), 'utf8')).toBe('the host’s');
  });
});

test('files that were overwritten come back with mode and times, and those that were not there go', async () => {
  await writeFile(join(root, 'etc/hosts'), 'the image’s');
  await chmod(join(root, 'etc/hosts'), 0o640);
  await utimes(join(root, 'etc/hosts'), 5, 5);
  const putBack = await rememberFiles(root, ['/etc/hosts', '/etc/hostname']);
  for (const name of ['hosts', 'hostname']) await writeFile(join(root, 'etc', name), 'the sandbox’s');
  await putBack();
  expect(await readdir(join(root, 'etc'))).toEqual(['hosts']);
  expect(await readFile(join(root, 'etc/hosts'), 'utf8')).toBe('the image’s');
  expect(await stat(join(root, 'etc/hosts'))).toMatchObject({ mtimeMs: 5000, mode: 0o100640 });
});
