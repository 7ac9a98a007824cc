import { open, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { isErrno, readIgnore } from '../../core/disk/read-ignore.ts';
import { walkContext } from '../../core/disk/walk-context.ts';
import type { FileTree, TreeEntry } from '../../core/plan/file-tree.ts';
import { paddingOf, tarEntry } from '../archive/tar-entry.ts';
import { END_OF_ARCHIVE, encodeEntry } from '../archive/tar-writer.ts';
import { invalid } from '../errors.ts';

/** A build context on its way to the engine. */
export interface PackedContext {
  readonly tar: Readable;
  /** Of the Dockerfile inside the tar. */
  readonly dockerfile: string;
}

/** Where a Dockerfile from outside the context goes. */
const OUTSIDE_NAME = '.lapstrake.Dockerfile';
const CHUNK = 1 << 20;

/**
 * Packs a build context: what `.dockerignore` leaves, and the Dockerfile and `.dockerignore` whatever it says.
 * Error: EngineError `invalid` where something of it cannot be read.
 */
export async function packContext(
  folder: string,
  dockerfile: string | undefined,
  signal: AbortSignal,
): Promise<PackedContext> {
  const root = resolve(folder);
  const file = dockerfile === undefined ? join(root, 'Dockerfile') : resolve(dockerfile);
  const text = await readDockerfile(file);
  const isInside = file.startsWith(`${root}/`);
  const name = isInside ? file.slice(root.length + 1) : OUTSIDE_NAME;
  const ignore = await readIgnore(root, file, signal);
  const problem = ignore.problems[0];
  if (problem !== undefined) {
    throw invalid({ code: 'ignore-invalid', message: `${ignore.file}:${problem.line + 1}: ${problem.message}` });
  }
  const { tree, unreadable } = await walkContext(root, ignore.value, { signal });
  const hidden = unreadable[0];
  if (hidden !== undefined) {
    throw invalid({
      code: 'context-unreadable',
      message: `cannot read ${join(root, hidden.path)} of the build context (${hidden.code}): list it in .dockerignore, or make it readable`,
    });
  }
  const extra = new Map<string, Buffer>();
  if (!isInside || tree.get(name) === undefined) extra.set(name, text);
  if (tree.get('.dockerignore') === undefined && ignore.file === join(root, '.dockerignore')) {
    extra.set('.dockerignore', await readFile(ignore.file));
  }
  return { tar: Readable.from(packed(root, tree, extra, signal), { objectMode: false }), dockerfile: name };
}

async function readDockerfile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    if (!isErrno(cause, 'ENOENT') && !isErrno(cause, 'EISDIR') && !isErrno(cause, 'ENOTDIR')) throw cause;
    throw invalid({
      code: 'dockerfile-missing',
      message: `there is no Dockerfile at ${file}: name another with --file`,
      subject: file,
      cause,
    });
  }
}

async function* packed(
  root: string,
  tree: FileTree,
  extra: ReadonlyMap<string, Buffer>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  async function* folder(path: string): AsyncGenerator<Buffer> {
    for (const entry of tree.children(path)) {
      signal.throwIfAborted();
      if (entry.type === 'other') continue;
      yield head(entry);
      if (entry.type === 'file') yield* contentOf(join(root, entry.path), entry.size);
      if (entry.type === 'directory') yield* folder(entry.path);
    }
  }
  yield* folder('');
  for (const [name, data] of extra) {
    yield encodeEntry(tarEntry({ name, size: data.length, mtime: BigInt(Date.now()) * 1_000_000n }));
    yield Buffer.concat([data, Buffer.alloc(paddingOf(data.length))]);
  }
  yield END_OF_ARCHIVE;
}

function head({ path, type, size, mode, mtime, linkTarget }: TreeEntry): Buffer {
  return encodeEntry(
    tarEntry({
      name: path,
      type: type === 'other' ? 'file' : type,
      size,
      mode,
      mtime: BigInt(Math.floor(mtime / 1000)) * 1_000_000_000n,
      linkname: linkTarget ?? '',
    }),
  );
}

/** Exactly `size` bytes, whatever has happened to the file since, and the padding. */
async function* contentOf(path: string, size: number): AsyncGenerator<Buffer> {
  await using file = await open(path, 'r');
  for (let left = size; left > 0; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(CHUNK, left)));
    if (bytesRead === 0) {
      yield Buffer.alloc(left);
      break;
    }
    left -= bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
  if (paddingOf(size) > 0) yield Buffer.alloc(paddingOf(size));
}

/** Whether a folder is there. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return false;
    throw error;
  }
}
