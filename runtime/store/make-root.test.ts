import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeRoot } from './make-root.ts';

const SELF = process.getuid?.() ?? 0;
const OTHER = 54_321;

let folder: string;
let root: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-root-'));
  root = join(folder, 'root');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('a data root that does not exist is made for its user only', async () => {
  await makeRoot(join(root, 'deep'));
  expect((await stat(join(root, 'deep'))).mode & 0o777).toBe(0o700);
});

test("another user's folder is refused as data root, and nothing is made below one in /tmp", async () => {
  await mkdir(root);
  let uid = SELF + 1;
  if (SELF === 0) {
    uid = SELF;
    await chown(root, OTHER, OTHER);
  }
  await expect(makeRoot(root, uid)).rejects.toMatchObject({
    kind: 'forbidden',
    code: 'root-unsafe',
    message: expect.stringMatching(
      new RegExp(`^refusing to keep the engine's data in ${root}.*: it belongs to another user \\(uid \\d+\\); give `),
    ),
  });
  if (SELF === 0) await chown(folder, OTHER, OTHER);
  await expect(makeRoot(join(folder, 'new'), uid)).rejects.toMatchObject({ code: 'root-unsafe' });
  expect(await readdir(folder)).toEqual(['root']);
});

test.each([0o777, 0o775, 0o1777])('a folder of mode %o is refused as data root', async (mode) => {
  await mkdir(root);
  await chmod(root, mode);
  await expect(makeRoot(root)).rejects.toMatchObject({
    code: 'root-unsafe',
    message: expect.stringContaining(`give ${root} to this user with mode 0700, or choose another --root`),
  });
});
