import type { Stats } from 'node:fs';
import { chmod, chown, lstat, mkdtemp, readdir, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pack } from '../archive/pack.ts';
import { walkTree } from '../archive/walk.ts';
import { hasErrno } from '../os/errno.ts';
import { run } from '../os/spawn.ts';
import { type FilesProgram, putArchive } from './files/container-files.ts';
import { resolveInRoot } from './rootfs-path.ts';

/**
 * Fills an empty volume with what the image has at its place, owner, mode and times of the folder included, as Docker
 * does. The copy is made beside the volume and moved in: in there another container may have put links, which a copy
 * would write through.
 */
export async function copyUp(rootfs: string, destination: string, volume: string): Promise<void> {
  const found = await begin(rootfs, destination, volume);
  if (found === undefined) return;
  const { source, stats } = found;
  const names = await readdir(source, { encoding: 'buffer' });
  if (names.length === 0) return;
  const copy = await mkdtemp(join(dirname(volume), 'copy-up-'));
  try {
    await run('cp', ['-a', '--', `${source}/.`, `${copy}/`]);
    for (const name of names) await move(below(copy, name), below(volume, name));
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
  await utimes(volume, stats.atime, stats.mtime);
}

/**
 * The same for a volume that is somebody's folder or server: nothing can be moved in there, so that it is unpacked by a
 * program whose root it is.
 */
export async function copyInto(
  program: FilesProgram,
  rootfs: string,
  destination: string,
  volume: string,
): Promise<void> {
  const found = await begin(rootfs, destination, volume);
  if (found === undefined) return;
  const root = { root: volume, mounts: [], readonlyRoot: false };
  const archive = pack(walkTree(Buffer.from(found.source)), { times: 'exact' });
  await putArchive(program, root, { path: '/', keepKinds: true }, archive, new AbortController().signal);
  await utimes(volume, found.stats.atime, found.stats.mtime);
}

/** Gives the volume owner and mode of the image's folder; undefined where the image has none there. */
async function begin(
  rootfs: string,
  destination: string,
  volume: string,
): Promise<{ readonly source: string; readonly stats: Stats } | undefined> {
  const source = await resolveInRoot(rootfs, destination);
  const stats = await statsOf(source);
  if (!stats?.isDirectory()) return undefined;
  await chown(volume, stats.uid, stats.gid);
  await chmod(volume, stats.mode & 0o7777);
  return { source, stats };
}

async function statsOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** What another container made of the same name meanwhile stays, where it is a folder and this is none, or not empty. */
async function move(from: Buffer, to: Buffer): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!hasErrno(error, 'EEXIST', 'ENOTEMPTY', 'EISDIR', 'ENOTDIR')) throw error;
  }
}

function below(folder: string, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), name]);
}
