import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Header, type Pack, pack } from 'tar-stream';
import { isErrno, readIgnore } from '../../core/disk/read-ignore.ts';
import { walkContext } from '../../core/disk/walk-context.ts';
import type { TreeEntry } from '../../core/plan/file-tree.ts';

/**
 * Packs a build context as tar (Docker Engine API, ImageBuild): what `.dockerignore` leaves of the folder, with the
 * Dockerfile and `.dockerignore` themselves whatever it says, as the docker CLI does. The stream is destroyed with the
 * error where a file cannot be read.
 */
export function packContext(root: string, dockerfile: string, signal: AbortSignal): Readable {
  const tar = pack();
  fill(tar, root, dockerfile, signal).then(
    () => tar.finalize(),
    (error: Error) => tar.destroy(error),
  );
  return Readable.from(tar, { objectMode: false });
}

type EntryHeader = Partial<Header> & Pick<Header, 'name'>;

async function fill(tar: Pack, root: string, dockerfile: string, signal: AbortSignal): Promise<void> {
  const ignore = await readIgnore(root, join(root, dockerfile), signal);
  const problem = ignore.problems[0];
  if (problem !== undefined)
    throw new Error(`${ignore.file ?? '.dockerignore'}:${problem.line + 1}: ${problem.message}`);
  const { tree, unreadable } = await walkContext(root, ignore.value, { signal });
  const hidden = unreadable[0];
  if (hidden !== undefined)
    throw new Error(
      `The build context cannot be read at “${hidden.path}” (${hidden.code}): list it in .dockerignore, or make it readable.`,
    );
  const packFolder = async (folder: string): Promise<void> => {
    for (const found of tree.children(folder)) {
      signal.throwIfAborted();
      await add(tar, root, found);
      if (found.type === 'directory') await packFolder(found.path);
    }
  };
  await packFolder('');
  for (const path of [dockerfile, '.dockerignore']) {
    if (tree.get(path) === undefined) await addAlways(tar, root, path);
  }
}

/** The engine needs these two, excluded or not. */
async function addAlways(tar: Pack, root: string, path: string): Promise<void> {
  const stats = await stat(join(root, path)).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (stats?.isFile())
    await add(tar, root, { path, type: 'file', size: stats.size, mode: stats.mode & 0o7777, mtime: stats.mtimeMs });
}

async function add(tar: Pack, root: string, { path, type, size, mode, mtime, linkTarget }: TreeEntry): Promise<void> {
  const header: EntryHeader = { name: path, mode, mtime: new Date(mtime), uid: 0, gid: 0 };
  if (type === 'directory') return entry(tar, { ...header, name: `${path}/`, type });
  if (type === 'symlink') return entry(tar, { ...header, type, linkname: linkTarget ?? '' });
  if (type === 'other') return;
  if (size === 0) return entry(tar, { ...header, type, size });
  const file = tar.entry({ ...header, type, size });
  // A file that grows while it is read is cut at the size that its header gives.
  for await (const chunk of createReadStream(join(root, path), { end: size - 1 })) {
    if (!file.write(chunk)) await settled(file, 'drain');
  }
  file.end(null);
  await settled(file, 'close');
}

function entry(tar: Pack, header: EntryHeader): Promise<void> {
  return new Promise((resolve, reject) =>
    tar.entry(header, '', (error) => (error === null || error === undefined ? resolve() : reject(error))),
  );
}

/** Waits for the event; rejects where the archive was destroyed instead. */
function settled(file: ReturnType<Pack['entry']>, event: 'drain' | 'close'): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      file.off('error', onError);
      file.off('drain', onEvent);
      file.off('close', event === 'close' ? onEvent : onClose);
      settle();
    };
    const onError = (error: Error): void => finish(() => reject(error));
    const onEvent = (): void => finish(resolve);
    const onClose = (): void => finish(() => reject(new Error('The context was given up.')));
    file.once('error', onError);
    file.once('close', event === 'close' ? onEvent : onClose);
    if (event === 'drain') file.once('drain', onEvent);
  });
}
