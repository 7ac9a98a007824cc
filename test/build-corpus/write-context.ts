import { execFile } from 'node:child_process';
import { chmod, lutimes, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { CorpusArchive, CorpusCase, CorpusFile } from './read-cases.ts';

/** Of all files of a context, so that it can be told whether a build keeps it. Seconds since the epoch. */
export const CONTEXT_TIME = 1_000_000_000;

/** Writes a case's build context into a folder that goes with the disposal. */
export async function writeContext({
  files,
  archives,
}: CorpusCase): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-corpus-'));
  for (const file of files) await writeOne(folder, file);
  for (const archive of archives) await packOne(folder, archive);
  for (const { folder: packed } of archives) await rm(join(folder, packed), { recursive: true, force: true });
  await setTimes(folder);
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function writeOne(folder: string, { path, kind, content, mode }: CorpusFile): Promise<void> {
  const place = join(folder, path);
  await mkdir(dirname(place), { recursive: true });
  if (kind === 'link') return symlink(content, place);
  if (kind === 'directory') await mkdir(place, { recursive: true });
  else await writeFile(place, content);
  await chmod(place, mode);
}

async function packOne(folder: string, { path, folder: packed, owner }: CorpusArchive): Promise<void> {
  const [uid, gid] = owner.split(':');
  const kind = path.endsWith('.gz') ? ['-z'] : path.endsWith('.xz') ? ['-J'] : path.endsWith('.bz2') ? ['-j'] : [];
  const how = ['--sort=name', `--mtime=@${CONTEXT_TIME}`, `--owner=${uid}`, `--group=${gid}`, '--numeric-owner'];
  const names = (await readdir(join(folder, packed))).sort();
  await promisify(execFile)('tar', [...how, ...kind, '-cf', join(folder, path), '-C', join(folder, packed), ...names]);
}

async function setTimes(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await setTimes(path);
    await lutimes(path, CONTEXT_TIME, CONTEXT_TIME);
  }
}
