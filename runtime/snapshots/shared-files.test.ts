import { createHash } from 'node:crypto';
import {
  appendFile,
  chmod,
  chown,
  link,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChainId } from '../../core/image/digest.ts';
import { pack } from '../archive/pack.ts';
import { tarEntry } from '../archive/tar-entry.ts';
import { setXattr } from '../os/xattr.ts';
import { probeOverlay } from './choose.ts';
import { mountsBelow } from './mounts.ts';
import { openOverlaySnapshotter } from './overlay.ts';
import type { Snapshotter } from './snapshotter.ts';
import { openVfsSnapshotter } from './vfs.ts';

const me = { uid: process.getuid!(), gid: process.getgid!() };
const NAMES = Array.from({ length: 40 }, (_, i) => `f${i}`);
const chainOf = (name: string): ChainId => `sha256:${createHash('sha256').update(name).digest('hex')}` as ChainId;
const [BASE, ONE, TWO, THREE] = ['base', 'one', 'two', 'three'].map(chainOf) as [ChainId, ChainId, ChainId, ChainId];
/** A layer of many files, of which some hold something else than usual, and one of which may have a second name. */
const layer = (changed: Readonly<Record<string, string>> = {}, ...links: readonly string[]) => {
  const content = (name: string) => Buffer.from(changed[name] ?? `content of ${name}`);
  return pack([
    ...NAMES.map((name) => ({
      entry: tarEntry({ ...me, name, mtime: 1_000_000_000n, size: content(name).length }),
      content: content(name),
    })),
    ...links.map((name) => ({ entry: tarEntry({ ...me, name, type: 'hardlink', linkname: 'f1' }) })),
  ]);
};

let root: string;
let snapshots: Snapshotter;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-shared-'));
});
afterEach(async () => {
  for (const key of (await snapshots.list()).active) await snapshots.remove(key);
  expect(await mountsBelow(root)).toEqual([]);
  await rm(root, { recursive: true });
});

async function add(chain: ChainId, tar: ReturnType<typeof layer>, ...earlier: readonly ChainId[]): Promise<void> {
  await using unpacked = await snapshots.unpack(BASE, tar, { earlier });
  await unpacked.commit(chain);
}

const place = (chain: ChainId, name = ''): string => join(root, 'committed', chain.slice('sha256:'.length), 'fs', name);
const inode = async (chain: ChainId, name: string): Promise<number> => (await lstat(place(chain, name))).ino;

async function facts(chain: ChainId): Promise<unknown[]> {
  const key = `look-${chain.slice(-8)}`;
  const path = await snapshots.view(key, chain);
  const found = await Promise.all(
    NAMES.map(async (name) => {
      const { mode, uid, gid, size, mtimeMs } = await lstat(join(path, name));
      return { name, mode, uid, gid, size, mtimeMs, content: await readFile(join(path, name), 'utf8') };
    }),
  );
  await snapshots.unmount(key);
  return found;
}

const probes = await mkdtemp(join(tmpdir(), 'lapstrake-probe-'));
const { marks, reason } = await probeOverlay(probes);
await rm(probes, { recursive: true });
if (marks === undefined) console.warn(`shared files are not tested: ${reason}`);

test.runIf(marks !== undefined)('layers share what is the same in both, whichever goes first', async () => {
  snapshots = await openOverlaySnapshotter(root, { marks: marks! });
  await snapshots.apply(BASE, undefined, layer());
  await add(ONE, layer());
  await add(TWO, layer({ f0: 'changed' }), chainOf('never was'), ONE);
  await add(THREE, layer({ f39: 'changed, too' }), TWO, ONE);
  expect(await inode(ONE, 'f0')).not.toBe(await inode(TWO, 'f0'));
  expect(await inode(THREE, 'f0')).toBe(await inode(ONE, 'f0'));
  expect(await inode(THREE, 'f38')).toBe(await inode(ONE, 'f38'));
  expect(await inode(THREE, 'f39')).not.toBe(await inode(ONE, 'f39'));
  const [two, three] = [await facts(TWO), await facts(THREE)];
  await snapshots.removeCommitted(ONE);
  expect([await facts(TWO), await facts(THREE)]).toEqual([two, three]);
  await snapshots.removeCommitted(THREE);
  expect(await facts(TWO)).toEqual(two);
  expect((await lstat(place(TWO, 'f38'))).nlink).toBe(1);
});

test.runIf(marks !== undefined)('whatever a container does to a shared file, no other layer has it', async () => {
  snapshots = await openOverlaySnapshotter(root, { marks: marks! });
  await snapshots.apply(BASE, undefined, layer());
  await add(ONE, layer());
  await add(TWO, layer({ f0: 'changed' }), ONE);
  const [one, two] = [await facts(ONE), await facts(TWO)];
  await snapshots.prepare('container', TWO);
  const path = await snapshots.mount('container');
  const at = (name: string): string => join(path, name);
  await writeFile(at('f1'), 'written');
  await appendFile(at('f2'), 'appended');
  await truncate(at('f3'), 1);
  await chmod(at('f4'), 0o4711);
  if (me.uid === 0) await chown(at('f5'), 7, 7);
  await utimes(at('f6'), 1, 1);
  setXattr(at('f7'), 'user.a', Buffer.from('1'));
  await link(at('f8'), at('second'));
  await appendFile(at('second'), 'through another name');
  await rename(at('f9'), at('moved'));
  await appendFile(at('moved'), 'after it was moved');
  await rm(at('f10'));
  await writeFile(at('f10'), 'made anew');
  expect(await readFile(at('f8'), 'utf8')).toBe('content of f8through another name');
  expect([await facts(ONE), await facts(TWO)]).toEqual([one, two]);
  const changed = (await snapshots.changes('container')).map(({ path }) => path.toString());
  expect(changed).toContain('/f1');
  expect(changed).not.toContain('/f11');
  // What is made a layer of it changes neither.
  await snapshots.unmount('container');
  await snapshots.commit('container', THREE);
  expect([await facts(ONE), await facts(TWO)]).toEqual([one, two]);
});

test.runIf(marks !== undefined)('nothing is shared with a layer in which two names may be one file', async () => {
  snapshots = await openOverlaySnapshotter(root, { marks: marks! });
  await snapshots.apply(BASE, undefined, layer());
  await add(ONE, layer({}, 'second'));
  await snapshots.prepare('run', BASE);
  for (const name of NAMES) {
    await writeFile(join(await snapshots.mount('run'), name), `content of ${name}`);
    await utimes(join(await snapshots.mount('run'), name), 1, 1);
  }
  for (let left = 2 * NAMES.length; left > 0; left--) await snapshots.unmount('run');
  await snapshots.commit('run', TWO);
  await add(THREE, layer(), ONE, TWO);
  expect((await lstat(place(THREE, 'f1'))).nlink).toBe(1);
  // Nor does one that has such names take any from another.
  const again = chainOf('again');
  await add(again, layer({}, 'second'), THREE);
  expect(await inode(again, 'second')).toBe(await inode(again, 'f1'));
  expect(await inode(again, 'f1')).not.toBe(await inode(THREE, 'f1'));
});

test.runIf(marks !== undefined)('a later run of the engine shares with the layers of an earlier one', async () => {
  snapshots = await openOverlaySnapshotter(root, { marks: marks! });
  await snapshots.apply(BASE, undefined, layer());
  await add(ONE, layer());
  await snapshots.settle();
  snapshots = await openOverlaySnapshotter(root, { marks: marks! });
  await add(TWO, layer(), ONE);
  expect(await inode(TWO, 'f1')).toBe(await inode(ONE, 'f1'));
});

test.runIf(marks !== undefined)(
  'a layer that others are made from stays until they are, and a failure leaves it whole',
  async () => {
    snapshots = await openOverlaySnapshotter(root, { marks: marks! });
    await snapshots.apply(BASE, undefined, layer());
    await add(ONE, layer());
    const one = await facts(ONE);
    const tar = await buffer(layer());
    async function* broken() {
      yield tar.subarray(0, 30_000);
      await expect(snapshots.removeCommitted(ONE)).rejects.toMatchObject({ code: 'snapshot-in-use' });
      throw new Error('cut off');
    }
    await expect(snapshots.unpack(BASE, Readable.from(broken()), { earlier: [ONE] })).rejects.toThrow('cut off');
    expect(await readdir(join(root, 'temporary'))).toEqual([]);
    expect(await facts(ONE)).toEqual(one);
    await snapshots.removeCommitted(ONE);
  },
);

test('copies share nothing', async () => {
  snapshots = await openVfsSnapshotter(root);
  await snapshots.apply(BASE, undefined, layer());
  await add(ONE, layer());
  await add(TWO, layer(), ONE);
  expect((await lstat(place(TWO, 'f1'))).nlink).toBe(1);
});
