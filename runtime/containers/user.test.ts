import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveUser } from './user.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-user-'));
  await mkdir(join(root, 'etc'));
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nhigh:x:4294967294:7::/high:/bin/sh\n');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\ncrew:x:9:high\n');
});

afterAll(() => rm(root, { recursive: true }));

test.each([
  ['', { uid: 0, gid: 0, additionalGids: [0], home: '/root' }],
  ['2147483647:2147483647', { uid: 2147483647, gid: 2147483647, additionalGids: [2147483647], home: '/' }],
  // What the image itself says is the runtime's to judge.
  ['high', { uid: 4294967294, gid: 7, additionalGids: [7, 9], home: '/high' }],
])('%j is a user', async (spec, user) => {
  expect(await resolveUser(root, spec, [])).toEqual(user);
});

test.each([
  ['2147483648', [], 'uids and gids must be in range 0-2147483647'],
  ['99999999999', [], 'uids and gids must be in range 0-2147483647'],
  ['-1', [], 'uids and gids must be in range 0-2147483647'],
  ['0:99999999999', [], 'uids and gids must be in range 0-2147483647'],
  ['0', ['-7'], 'uids and gids must be in range 0-2147483647'],
  ['99999999999999999999', [], 'unable to find user 99999999999999999999: no matching entries in passwd file'],
  ['nobody-here', [], 'unable to find user nobody-here: no matching entries in passwd file'],
  ['0:nobody-here', [], 'unable to find group nobody-here: no matching entries in group file'],
])('%j with %j is none', async (spec, groups, message) => {
  await expect(resolveUser(root, spec, groups)).rejects.toMatchObject({ kind: 'invalid', message });
});
