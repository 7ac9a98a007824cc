import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readInRoot, resolveInRoot } from './rootfs-path.ts';
import { resolveUser } from './user.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-root-'));
  await mkdir(join(root, 'etc'));
});
afterEach(() => rm(root, { recursive: true }));

test('no link leads out of the root', async () => {
  await symlink('/etc', join(root, 'abs'));
  await symlink('../../../../etc', join(root, 'up'));
  expect(await resolveInRoot(root, '/abs/passwd')).toBe(join(root, 'etc/passwd'));
  expect(await resolveInRoot(root, '/up/passwd')).toBe(join(root, 'etc/passwd'));
  expect(await resolveInRoot(root, '/../../x')).toBe(join(root, 'x'));
});

test('links in a circle are an error', async () => {
  await symlink('b', join(root, 'a'));
  await symlink('a', join(root, 'b'));
  await expect(resolveInRoot(root, '/a')).rejects.toThrow('too many levels');
});

test('a missing file and a folder read as nothing', async () => {
  expect(await readInRoot(root, '/etc/none')).toBeUndefined();
  expect(await readInRoot(root, '/etc')).toBeUndefined();
});

test('users and groups are found by name and by number', async () => {
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\napp:x:10:20::/home/app:/bin/sh\n');
  await writeFile(join(root, 'etc/group'), 'staff:x:30:app\nwheel:x:40:other\n');
  expect(await resolveUser(root, 'app', [])).toEqual({ uid: 10, gid: 20, additionalGids: [20, 30], home: '/home/app' });
  expect(await resolveUser(root, '10:wheel', ['7'])).toEqual({
    uid: 10,
    gid: 40,
    additionalGids: [40, 7],
    home: '/home/app',
  });
  expect(await resolveUser(root, '99', [])).toMatchObject({ uid: 99, gid: 0 });
  await expect(resolveUser(root, 'none', [])).rejects.toThrow('unable to find user none');
});
