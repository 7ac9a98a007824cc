import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findDistrust, findSocketDistrust } from './trusted-path.ts';

const SELF = process.getuid?.() ?? 0;
const isRoot = SELF === 0;
/** Who looks: where the test may not give files away, somebody else looks at its own. */
const VIEWER = isRoot ? 1000 : SELF + 1;
const OTHER = 54_321;
/** Where every user may make a folder: TMPDIR may be this user's own. */
const EVERYBODYS = '/tmp';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(EVERYBODYS, 'lapstrake-trust-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("a folder in /tmp that another user was first to make, and what is in it, is that user's", async () => {
  if (isRoot) await chown(folder, OTHER, OTHER);
  const distrust = { path: folder, why: `it belongs to another user (uid ${isRoot ? OTHER : SELF})` };
  await mkdir(join(folder, 'lapstrake'));
  expect(await findDistrust(folder, VIEWER)).toEqual(distrust);
  expect(await findDistrust(join(folder, 'lapstrake'), VIEWER)).toEqual(distrust);
  expect(await findDistrust(join(folder, 'not-made-yet/x'), VIEWER)).toEqual(distrust);
});

test('a folder of the user or of root is trusted, and so is what does not exist', async () => {
  expect(await findDistrust(folder, SELF)).toBeUndefined();
  expect(await findDistrust('/', VIEWER)).toBeUndefined();
  expect(await findDistrust(EVERYBODYS, VIEWER)).toBeUndefined();
  expect(await findSocketDistrust(join(folder, 'a/b/engine.sock'), SELF)).toBeUndefined();
});

test('a folder that every user may write to is nobody’s, unless they cannot touch what is in it of others', async () => {
  const open = join(folder, 'open');
  await mkdir(join(open, 'inner'), { recursive: true });
  await chmod(open, 0o777);
  const distrust = { path: open, why: 'every user may write to it' };
  expect(await findDistrust(open, SELF)).toEqual(distrust);
  expect(await findDistrust(join(open, 'inner'), SELF)).toEqual(distrust);
  await chmod(open, 0o1777);
  expect(await findDistrust(join(open, 'inner'), SELF)).toBeUndefined();
});

test('a link leads to what it names, and a link to itself nowhere', async () => {
  const open = join(folder, 'open');
  await mkdir(open);
  await chmod(open, 0o777);
  await symlink('open', join(folder, 'link'));
  await symlink('loop', join(folder, 'loop'));
  expect(await findDistrust(join(folder, 'link'), SELF)).toMatchObject({ path: open });
  expect(await findDistrust(join(folder, 'loop'), SELF)).toMatchObject({ path: join(folder, 'loop') });
});

test("another user's socket among everybody's files is not the engine's", async () => {
  const socket = join(folder, 'engine.sock');
  await chmod(folder, 0o1777);
  await writeFile(socket, '');
  expect(await findSocketDistrust(socket, SELF)).toBeUndefined();
  if (isRoot) await chown(socket, OTHER, OTHER);
  const asked = isRoot ? SELF : VIEWER;
  expect(await findSocketDistrust(socket, asked)).toMatchObject({ path: isRoot ? socket : folder });
});
