import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import ignore from '@balena/dockerignore';
import { type Header, type Pack, pack } from 'tar-stream';

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
  const rules = await ignoreRules(root, dockerfile);
  const filter = ignore({ ignorecase: false }).add([...rules, `!${dockerfile}`, '!.dockerignore']);
  const negated = rules.some((rule) => rule.startsWith('!'));
  const walk = async (folder: string): Promise<void> => {
    for (const name of (await readdir(join(root, folder))).sort()) {
      signal.throwIfAborted();
      const path = folder === '' ? name : `${folder}/${name}`;
      const stats = await lstat(join(root, path));
      const kept = !filter.ignores(path);
      if (kept) await add(tar, root, path, stats);
      if (stats.isDirectory() && (kept || negated || dockerfile.startsWith(`${path}/`))) await walk(path);
    }
  };
  await walk('');
}

async function ignoreRules(root: string, dockerfile: string): Promise<string[]> {
  for (const file of [`${dockerfile}.dockerignore`, '.dockerignore']) {
    const text = await readFile(join(root, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text !== undefined)
      return text
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('#'));
  }
  return [];
}

async function add(tar: Pack, root: string, path: string, stats: Awaited<ReturnType<typeof lstat>>): Promise<void> {
  const header: EntryHeader = { name: path, mode: Number(stats.mode) & 0o7777, mtime: stats.mtime, uid: 0, gid: 0 };
  if (stats.isDirectory()) return entry(tar, { ...header, name: `${path}/`, type: 'directory' });
  if (stats.isSymbolicLink())
    return entry(tar, { ...header, type: 'symlink', linkname: await readlink(join(root, path)) });
  if (!stats.isFile()) return;
  const size = Number(stats.size);
  if (size === 0) return entry(tar, { ...header, type: 'file', size });
  const file = tar.entry({ ...header, type: 'file', size });
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
    file.once('error', reject);
    file.once(event, () => resolve());
    if (event === 'drain') file.once('close', () => reject(new Error('The context was given up.')));
  });
}
