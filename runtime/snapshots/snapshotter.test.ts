import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChainId } from '../../core/image/digest.ts';
import { pack } from '../archive/pack.ts';
import { type TarEntry, tarEntry } from '../archive/tar-entry.ts';
import { TarReader } from '../archive/tar-reader.ts';
import { getXattr, setXattr } from '../os/xattr.ts';
import { probeOverlay } from './choose.ts';
import { mountsBelow } from './mounts.ts';
import { openOverlaySnapshotter } from './overlay.ts';
import type { DifferenceOptions, Snapshotter } from './snapshotter.ts';
import { openVfsSnapshotter } from './vfs.ts';

const me = { uid: process.getuid!(), gid: process.getgid!() };
const file = (name: string, content = '', more: Partial<TarEntry> = {}) => ({
  entry: tarEntry({ ...me, ...more, name, size: content.length }),
  content: Buffer.from(content),
});
const dir = (name: string, more: Partial<TarEntry> = {}) => ({
  entry: tarEntry({ ...me, ...more, name, type: 'directory' }),
});
const layer = (...items: readonly ReturnType<typeof file>[] | readonly ReturnType<typeof dir>[]) => pack(items);
const chainOf = (name: string): ChainId => `sha256:${createHash('sha256').update(name).digest('hex')}` as ChainId;
const [BASE, TOP, THIRD] = ['base', 'top', 'third'].map(chainOf) as [ChainId, ChainId, ChainId];

const probes = await mkdtemp(join(tmpdir(), 'lapstrake-probe-'));
const { marks, reason } = await probeOverlay(probes);
await rm(probes, { recursive: true });
/** Every driver that this machine's kernel allows runs the same tests. */
const drivers: [string, (root: string, boot?: string) => Promise<Snapshotter>][] = [
  ['vfs', (root, boot) => openVfsSnapshotter(root, boot === undefined ? {} : { boot })],
];
if (marks === undefined) console.warn(`the overlay snapshotter is not tested: ${reason}`);
else {
  drivers.push([
    'overlay',
    (root, boot) => openOverlaySnapshotter(root, { marks, ...(boot !== undefined && { boot }) }),
  ]);
}

describe.each(drivers)('%s', (_name, open) => {
  let root: string;
  let snapshots: Snapshotter;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'lapstrake-snapshots-'));
    snapshots = await open(root);
    await snapshots.apply(
      BASE,
      undefined,
      layer(
        dir('d', { mode: 0o750 }),
        file('d/a', 'a'),
        file('d/b', 'b'),
        file('f', 'base'),
        file('s', 'x', { mode: 0o4755 }),
      ),
    );
  });
  afterEach(async () => {
    for (const key of (await snapshots.list()).active) await snapshots.remove(key);
    expect(await mountsBelow(root)).toEqual([]);
    await rm(root, { recursive: true });
  });

  const mounted = async (key: string, parent: ChainId | undefined): Promise<string> => {
    await snapshots.prepare(key, parent);
    return snapshots.mount(key);
  };
  const names = async (path: string): Promise<string[]> => (await readdir(path)).sort();
  const changes = async (key: string): Promise<string[]> =>
    (await snapshots.changes(key)).map(({ kind, path }) => `${kind} ${path}`);
  const entries = async (key: string, options?: DifferenceOptions): Promise<string[]> => {
    const reader = new TarReader(snapshots.diff(key, options));
    const found: string[] = [];
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next())
      found.push(entry.name.toString());
    return found;
  };

  test('a snapshot shows its layers and takes writes, and its parent stays as it was', async () => {
    const path = await mounted('one', BASE);
    expect(await names(path)).toEqual(['d', 'f', 's']);
    expect((await lstat(join(path, 'd'))).mode & 0o7777).toBe(0o750);
    expect((await lstat(join(path, 's'))).mode & 0o7777).toBe(0o4755);
    await writeFile(join(path, 'f'), 'changed');
    const other = await mounted('two', BASE);
    expect(await readFile(join(other, 'f'), 'utf8')).toBe('base');
    const view = await snapshots.view('look', BASE);
    expect(await readFile(join(view, 'f'), 'utf8')).toBe('base');
    await snapshots.unmount('look');
  });

  test('a snapshot without a parent is empty and writable', async () => {
    const path = await mounted('scratch', undefined);
    expect(await names(path)).toEqual([]);
    await writeFile(join(path, 'x'), '');
    expect(await changes('scratch')).toEqual(['A /x']);
  });

  test('a layer deletes, replaces and empties what lies below', async () => {
    await snapshots.apply(
      TOP,
      BASE,
      layer(file('.wh.f'), file('d/.wh..wh..opq'), file('d/new', 'n'), file('.wh.never')),
    );
    const path = await mounted('one', TOP);
    expect(await names(path)).toEqual(['d', 's']);
    expect(await names(join(path, 'd'))).toEqual(['new']);
    // A directory that the layer does not name keeps the mode that the lower layer gave it.
    expect((await lstat(join(path, 'd'))).mode & 0o7777).toBe(0o750);
  });

  test('a directory may become a file, and a file a directory', async () => {
    await snapshots.apply(TOP, BASE, layer(file('d', 'file now'), dir('f') as never, file('f/inside', 'x')));
    const path = await mounted('one', TOP);
    expect(await readFile(join(path, 'd'), 'utf8')).toBe('file now');
    expect(await names(join(path, 'f'))).toEqual(['inside']);
  });

  test('changes are told as added, changed and deleted, with the directories that hold them', async () => {
    const path = await mounted('one', BASE);
    await writeFile(join(path, 'd/a'), 'longer');
    await rm(join(path, 'd/b'));
    await mkdir(join(path, 'n'));
    await writeFile(join(path, 'n/x'), 'xyz');
    await rm(join(path, 'f'));
    expect(await changes('one')).toEqual(['C /d', 'C /d/a', 'D /d/b', 'D /f', 'A /n', 'A /n/x']);
    expect(await snapshots.usage('one')).toEqual({ bytes: 9, files: 2 });
  });

  test('a directory that was made anew hides the old one', async () => {
    const path = await mounted('one', BASE);
    await rm(join(path, 'd'), { recursive: true });
    await mkdir(join(path, 'd'), { mode: 0o750 });
    await writeFile(join(path, 'd/b'), 'another');
    expect(await changes('one')).toEqual(['C /d', 'D /d/a', 'C /d/b']);
    await snapshots.apply(TOP, BASE, snapshots.diff('one'));
    expect(await names(join(await mounted('two', TOP), 'd'))).toEqual(['b']);
  });

  test('what was made anew inside a directory that was made anew hides what it held, too', async () => {
    await snapshots.apply(TOP, BASE, layer(dir('d/sub'), file('d/sub/old', 'x'), file('d/sub/same', 'y')));
    const path = await mounted('one', TOP);
    await rm(join(path, 'd'), { recursive: true });
    await mkdir(join(path, 'd/sub'), { mode: 0o755, recursive: true });
    await chmod(join(path, 'd'), 0o750);
    await writeFile(join(path, 'd/sub/same'), 'other');
    expect(await changes('one')).toEqual(['C /d', 'D /d/a', 'D /d/b', 'C /d/sub', 'D /d/sub/old', 'C /d/sub/same']);
  });

  test('what was changed and changed back is no change', async () => {
    const path = await mounted('one', BASE);
    const before = await lstat(join(path, 'f'));
    await chmod(join(path, 'f'), 0o600);
    await chmod(join(path, 'f'), before.mode & 0o7777);
    await chmod(join(path, 'd'), 0o700);
    await chmod(join(path, 'd'), 0o750);
    expect(await changes('one')).toEqual([]);
  });

  test('places for mounts count as part of the layers below, what is beside them does not', async () => {
    const path = await mounted('one', BASE);
    for (const name of ['etc', 'dev', 'd/at']) await mkdir(join(path, name));
    await writeFile(join(path, 'etc/hosts'), '');
    const mountPoints = new Set(['/etc', '/etc/hosts', '/dev', '/d/at']);
    const told = async (): Promise<string[]> =>
      (await snapshots.changes('one', { mountPoints })).map(({ kind, path: at }) => `${kind} ${at}`);
    expect(await told()).toEqual([]);
    expect(await entries('one', { mountPoints })).toEqual([]);
    await writeFile(join(path, 'etc/own'), '');
    expect(await told()).toEqual(['C /etc', 'A /etc/own']);
    expect(await entries('one', { mountPoints })).toEqual(['etc', 'etc/own']);
  });

  test('an unchanged snapshot has no changes, and its layer no entries', async () => {
    const path = await mounted('one', BASE);
    await writeFile(join(path, 'd/x'), '');
    await rm(join(path, 'd/x'));
    expect(await changes('one')).toEqual([]);
    expect(await entries('one')).toEqual([]);
  });

  test('diff and apply give the same tree again: links, modes, attributes, deletions', async () => {
    const path = await mounted('one', BASE);
    await writeFile(join(path, 'n'), 'x'.repeat(100_000));
    await link(join(path, 'n'), join(path, 'd/hard'));
    await symlink('n', join(path, 'soft'));
    await chmod(join(path, 'n'), 0o6711);
    setXattr(join(path, 'n'), 'user.note', Buffer.from([1, 0, 255]));
    await rename(join(path, 'd/a'), join(path, 'd/c'));
    await rm(join(path, 'f'));
    const tar = await buffer(snapshots.diff('one'));
    await snapshots.apply(TOP, BASE, Readable.from([tar]));
    const again = await mounted('two', TOP);
    execFileSync('diff', ['-r', '--no-dereference', path, again]);
    const one = await lstat(join(again, 'n'));
    expect(one).toMatchObject({ nlink: 2, ino: (await lstat(join(again, 'd/hard'))).ino });
    expect(one.mode & 0o7777).toBe(0o6711);
    expect(getXattr(join(again, 'n'), 'user.note')).toEqual(Buffer.from([1, 0, 255]));
    expect(await changes('two')).toEqual([]);
    expect(await entries('one')).toEqual(['d', 'd/.wh.a', 'd/c', 'd/hard', '.wh.f', 'n', 'soft']);
  });

  test('a committed snapshot is the next layer, and its key is free again', async () => {
    const path = await mounted('one', BASE);
    await writeFile(join(path, 'n'), 'new');
    await rm(join(path, 'f'));
    await expect(snapshots.commit('one', TOP)).rejects.toMatchObject({ kind: 'conflict' });
    await snapshots.unmount('one');
    await snapshots.commit('one', TOP);
    expect(await snapshots.has(TOP)).toBe(true);
    const again = await mounted('one', TOP);
    expect(await names(again)).toEqual(['d', 'n', 's']);
    expect(await changes('one')).toEqual([]);
  });

  test('mounts are counted', async () => {
    const path = await mounted('one', BASE);
    expect(await snapshots.mount('one')).toBe(path);
    await snapshots.unmount('one');
    expect(await names(path)).toEqual(['d', 'f', 's']);
    await snapshots.unmount('one');
    await snapshots.unmount('one');
    expect(await snapshots.mount('one')).toBe(path);
  });

  test('removal frees everything, and refuses what others stand on', async () => {
    await snapshots.apply(TOP, BASE, layer(file('t')));
    await mounted('one', TOP);
    await expect(snapshots.removeCommitted(BASE)).rejects.toMatchObject({ kind: 'conflict', code: 'snapshot-in-use' });
    await expect(snapshots.removeCommitted(TOP)).rejects.toMatchObject({ kind: 'conflict' });
    await snapshots.remove('one');
    await snapshots.remove('one');
    await snapshots.removeCommitted(TOP);
    await snapshots.removeCommitted(BASE);
    expect(await snapshots.list()).toEqual({ committed: [], active: [] });
    for (const folder of ['committed', 'active', 'temporary']) expect(await names(join(root, folder))).toEqual([]);
  });

  test('what somebody looks at, or makes a layer on, is not removed', async () => {
    const view = await snapshots.view('look', BASE);
    await expect(snapshots.removeCommitted(BASE)).rejects.toMatchObject({ code: 'snapshot-in-use' });
    expect(await names(view)).toEqual(['d', 'f', 's']);
    await snapshots.unmount('look');
    const tar = new PassThrough();
    const applying = snapshots.apply(TOP, BASE, tar);
    await expect(snapshots.removeCommitted(BASE)).rejects.toMatchObject({ code: 'snapshot-in-use' });
    layer(file('t')).pipe(tar);
    await applying;
    const preparing = snapshots.prepare('one', TOP);
    await expect(snapshots.removeCommitted(TOP)).rejects.toMatchObject({ code: 'snapshot-in-use' });
    await preparing;
    await snapshots.mount('one');
    await snapshots.unmount('one');
    const committing = snapshots.commit('one', THIRD);
    await expect(snapshots.removeCommitted(TOP)).rejects.toMatchObject({ code: 'snapshot-in-use' });
    await committing;
    for (const chain of [THIRD, TOP, BASE]) await snapshots.removeCommitted(chain);
    expect((await snapshots.list()).committed).toEqual([]);
  });

  test('a layer that comes again while it is removed is there afterwards, whole', async () => {
    for (let round = 0; round < 20; round++) {
      await snapshots.apply(TOP, BASE, layer(file('t', 'first')));
      await Promise.all([snapshots.removeCommitted(TOP), snapshots.apply(TOP, BASE, layer(file('t', 'again')))]);
      expect(await snapshots.has(TOP)).toBe(true);
      expect(await readFile(join(await snapshots.view('look', TOP), 't'), 'utf8')).toBe('again');
      await snapshots.unmount('look');
      await snapshots.removeCommitted(TOP);
    }
    expect(await names(join(root, 'temporary'))).toEqual([]);
  });

  test('unknown and taken names are errors of their kind', async () => {
    await expect(snapshots.prepare('one', THIRD)).rejects.toMatchObject({ kind: 'not-found' });
    await expect(snapshots.mount('one')).rejects.toMatchObject({ kind: 'not-found' });
    await expect(snapshots.view('v', THIRD)).rejects.toMatchObject({ kind: 'not-found' });
    await expect(snapshots.removeCommitted(THIRD)).rejects.toMatchObject({ kind: 'not-found' });
    await expect(snapshots.prepare('../out', BASE)).rejects.toMatchObject({ kind: 'invalid' });
    await snapshots.prepare('one', BASE);
    await expect(snapshots.prepare('one', BASE)).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('a layer that fails leaves nothing', async () => {
    const broken = await buffer(layer(file('x', 'content')));
    await expect(snapshots.apply(TOP, BASE, Readable.from([broken.subarray(0, 515)]))).rejects.toMatchObject({
      code: 'tar-truncated',
    });
    await expect(snapshots.apply(TOP, BASE, layer(file('../x')))).rejects.toMatchObject({ code: 'path-escapes' });
    const abort = new AbortController();
    const applying = snapshots.apply(TOP, BASE, new Readable({ read() {} }), abort.signal);
    setImmediate(() => abort.abort());
    await expect(applying).rejects.toMatchObject({ kind: 'cancelled' });
    expect(await snapshots.has(TOP)).toBe(false);
    expect(await names(join(root, 'temporary'))).toEqual([]);
  });

  test('the same layer asked for many times at once is applied once', async () => {
    await Promise.all([1, 2, 3].map(() => snapshots.apply(TOP, BASE, layer(file('t')))));
    expect([...(await snapshots.list()).committed].sort()).toEqual([BASE, TOP].sort());
  });

  test('of those who commit the same layer at once one is taken, and all keys are free again', async () => {
    const keys = ['one', 'two', 'three'];
    for (const key of keys) {
      await writeFile(join(await mounted(key, BASE), 'n'), 'new');
      await snapshots.unmount(key);
    }
    await Promise.all(keys.map((key) => snapshots.commit(key, TOP)));
    expect((await snapshots.list()).active).toEqual([]);
    expect(await names(join(root, 'temporary'))).toEqual([]);
    expect(await names(await mounted('after', TOP))).toEqual(['d', 'f', 'n', 's']);
    expect(await snapshots.recover()).not.toContainEqual(expect.stringContaining('link'));
  });

  test('what is there is found again, and what a crash left is removed', async () => {
    await mounted('one', BASE);
    await snapshots.view('look', BASE);
    await mkdir(join(root, 'temporary/half/fs'), { recursive: true });
    await mkdir(join(root, 'committed', 'ab'.repeat(32), 'fs'), { recursive: true });
    await mkdir(join(root, 'active/half/fs'), { recursive: true });
    snapshots = await open(root);
    const log = await snapshots.recover();
    expect(log.filter((line) => line.includes('removed'))).toHaveLength(3);
    expect(await mountsBelow(root)).toEqual([]);
    expect(await snapshots.recover()).toEqual([]);
    expect(await snapshots.list()).toEqual({ committed: [BASE], active: ['one'] });
    expect(await names(await snapshots.mount('one'))).toEqual(['d', 'f', 's']);
  });

  test('a crash of the machine takes layers that were not on the disk, with all that stands on them, and says so', async () => {
    await snapshots.settle();
    await snapshots.apply(TOP, BASE, layer(file('t')));
    await snapshots.apply(THIRD, TOP, layer(file('u')));
    await snapshots.prepare('one', TOP);
    // Another process, the same run of the kernel: all is there.
    snapshots = await open(root);
    expect(await snapshots.recover()).toEqual([]);
    expect([...(await snapshots.list()).committed].sort()).toEqual([BASE, TOP, THIRD].sort());
    // Another run of the kernel.
    snapshots = await open(root, 'another boot');
    expect((await snapshots.recover()).filter((line) => line.includes('removed a layer'))).toHaveLength(2);
    expect((await snapshots.list()).committed).toEqual([BASE]);
    expect(await snapshots.lost()).toEqual([TOP]);
    await snapshots.apply(TOP, BASE, layer(file('t')));
    expect(await snapshots.lost()).toEqual([]);
    expect(await names(await snapshots.mount('one'))).toEqual(['d', 'f', 's', 't']);
  });

  test('130 layers stack, and each sees those below', async () => {
    let parent = BASE;
    for (let n = 0; n < 129; n++) {
      const chain = chainOf(`layer ${n}`);
      const above = n === 100 ? [file('.wh.n0'), file('d/.wh..wh..opq')] : [];
      await snapshots.apply(chain, parent, layer(file(`n${n}`, String(n)), file('f', String(n)), ...above));
      parent = chain;
    }
    const path = await mounted('one', parent);
    expect(await readFile(join(path, 'f'), 'utf8')).toBe('128');
    expect(await readFile(join(path, 'n1'), 'utf8')).toBe('1');
    expect(await names(path)).toHaveLength(131);
    expect(await names(join(path, 'd'))).toEqual([]);
    await writeFile(join(path, 'n1'), 'copied up');
    expect(await changes('one')).toEqual(['C /n1']);
    const view = await snapshots.view('look', parent);
    expect(await readFile(join(view, 'n1'), 'utf8')).toBe('1');
    await snapshots.unmount('look');
  }, 120_000);
});

afterAll(async () => {
  expect((await mountsBelow(tmpdir())).filter((path) => path.includes('lapstrake-snapshots-'))).toEqual([]);
});
