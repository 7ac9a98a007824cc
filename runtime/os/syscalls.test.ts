import { lstat, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isKind } from '../errors.ts';
import { hasErrno } from './errno.ts';
import { decodeDevice, encodeDevice, FileType, lockFile, mknod, mount, setTimes } from './syscalls.ts';
import { getXattr, listXattrs, removeXattr, setXattr } from './xattr.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-syscalls-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a failed call says which, on what, and why', () => {
  const error = catchError(() => mount('none', join(folder, 'missing'), 'tmpfs'));
  expect(error).toMatchObject({ code: 'mount-failed', subject: join(folder, 'missing') });
  expect(hasErrno(error, 'ENOENT', 'EPERM')).toBe(true);
  expect(isKind(error, 'not-found') || isKind(error, 'forbidden')).toBe(true);
});

test('device numbers survive both ways, large ones too', () => {
  for (const device of [
    { major: 0, minor: 0 },
    { major: 1, minor: 3 },
    { major: 259, minor: 1048575 },
    { major: 0xfffff, minor: 0xffffffff },
  ]) {
    expect(decodeDevice(encodeDevice(device))).toEqual(device);
  }
});

test('makes a FIFO under a name that is no UTF-8', async () => {
  const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]);
  mknod(path, FileType.fifo | 0o600, { major: 0, minor: 0 });
  expect((await lstat(path)).isFIFO()).toBe(true);
});

test('extended attributes hold bytes', async () => {
  const path = join(folder, 'file');
  await writeFile(path, '');
  const value = Buffer.from([0, 255, 10, 61, 0]);
  setXattr(path, 'user.bytes', value);
  setXattr(path, 'user.long', Buffer.alloc(1000, 'x'));
  expect(getXattr(path, 'user.bytes')).toEqual(value);
  expect(getXattr(path, 'user.long')).toHaveLength(1000);
  expect(getXattr(path, 'user.none')).toBeUndefined();
  expect(listXattrs(path).map(String).sort()).toEqual(['user.bytes', 'user.long']);
  removeXattr(path, 'user.bytes');
  removeXattr(path, 'user.bytes');
  expect(listXattrs(path).map(String)).toEqual(['user.long']);
});

test('times are set to the nanosecond, of a link itself, before 1970 too', async () => {
  const path = join(folder, 'link');
  await symlink('nowhere', path);
  for (const time of [1_700_000_000_123_456_789n, -1_500_000_000n]) {
    setTimes(path, time, time);
    expect((await lstat(path, { bigint: true })).mtimeNs).toBe(time);
  }
});

test('a file is locked once', async () => {
  const path = join(folder, 'lock');
  await using one = await open(path, 'w');
  await using two = await open(path, 'w');
  lockFile(one.fd);
  expect(
    hasErrno(
      catchError(() => lockFile(two.fd)),
      'EAGAIN',
      'EWOULDBLOCK',
    ),
  ).toBe(true);
});

function catchError(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
