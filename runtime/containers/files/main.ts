import { once } from 'node:events';
import { lstat } from 'node:fs/promises';
import { normalize } from 'node:path/posix';
import { pipeline } from 'node:stream/promises';
import { extract } from '../../archive/extract.ts';
import { type PackedFile, pack } from '../../archive/pack.ts';
import { walkTree } from '../../archive/walk.ts';
import { EngineError, forbidden, internal, invalid } from '../../errors.ts';
import { errorText, hasErrno } from '../../os/errno.ts';
import { resolveInRoot } from '../rootfs-path.ts';
import { enterRoot } from './enter-root.ts';
import { absolutePath, findPath } from './path-stat.ts';
import { type FilesAnswer, FilesRequest } from './request.ts';

// Works on the files of one container and ends. What it is told comes from the daemon; what it finds, from anybody.

async function main(): Promise<void> {
  const request = FilesRequest.parse(JSON.parse(process.argv[2] ?? ''));
  // Streams look at what they lead to when they are first used: now, while there is a /proc.
  const { stdin, stdout } = process;
  enterRoot(request);
  const { work } = request;
  if (work.kind === 'put') {
    if (request.readonlyRoot && request.enter === 'chroot') throw readonlyRoot();
    await put(work, stdin);
    return answer({ done: true });
  }
  if (work.kind === 'export') {
    await answer({ done: true });
    return pipeline(pack(walkTree(Buffer.from('/'))), stdout);
  }
  const found = await findPath(work.path);
  await answer({ stat: found.stat });
  if (work.kind === 'stat') return;
  const name = found.stat.name;
  await pipeline(pack(filesOf(found.real, found.isDirectory, Buffer.from(name))), stdout);
}

/** What a `get` archives: the entry itself under its name, and below it all that it holds. */
async function* filesOf(path: string, isDirectory: boolean, name: Buffer): AsyncGenerator<PackedFile> {
  const root = Buffer.from(path);
  yield { name, path: root, stats: await lstat(root, { bigint: true }) };
  if (!isDirectory) return;
  const prefix = name.equals(Buffer.from('/')) ? name : Buffer.concat([name, Buffer.from('/')]);
  for await (const file of walkTree(root)) yield { ...file, name: Buffer.concat([prefix, file.name]) };
}

async function put(
  { path, keepKinds, owner }: Extract<FilesRequest['work'], { kind: 'put' }>,
  archive: NodeJS.ReadStream,
): Promise<void> {
  const absolute = absolutePath(path);
  const folder = await resolveInRoot('/', absolute);
  if (!(await lstat(folder)).isDirectory()) {
    throw invalid({ code: 'not-a-directory', message: 'extraction point is not a directory', subject: path });
  }
  try {
    await extract(archive, '/', {
      whiteouts: 'literal',
      below: Buffer.from(folder),
      owner,
      replace: keepKinds ? 'same-kind' : 'any',
      ownership: 'where-possible',
    });
  } catch (error) {
    if (hasErrno(error, 'EROFS')) throw readonlyRoot();
    throw hasErrno(error, 'EBUSY') ? mountedThere(error) : error;
  }
}

/** What has something mounted on it cannot be replaced: /etc/hosts of every container, and its volumes. */
function mountedThere(cause: unknown): EngineError {
  const path = cause instanceof Error && 'path' in cause ? normalize(String(cause.path)) : 'file';
  return internal({
    code: 'path-mounted',
    message: `unlinkat ${path}: device or resource busy: something is mounted there; change it from inside the container (docker exec)`,
    subject: path,
  });
}

function readonlyRoot(): EngineError {
  return forbidden({
    code: 'read-only',
    message: 'container rootfs is marked read-only, or the volume mounted there is',
  });
}

async function answer(value: FilesAnswer): Promise<void> {
  if (!process.stdout.write(`${JSON.stringify(value)}\n`)) await once(process.stdout, 'drain');
}

function failureOf(error: unknown): FilesAnswer {
  if (error instanceof EngineError) {
    const kind = (['not-found', 'invalid', 'forbidden'] as const).find((each) => each === error.kind) ?? 'internal';
    return { failure: { kind, code: error.code, message: error.message } };
  }
  const message = inGosWords(error);
  if (hasErrno(error, 'ENOENT')) return { failure: { kind: 'not-found', code: 'path-not-found', message } };
  if (hasErrno(error, 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENAMETOOLONG')) {
    return { failure: { kind: 'invalid', code: 'path-invalid', message } };
  }
  return { failure: { kind: 'internal', code: 'files-failed', message } };
}

/** As dockerd says it: `lstat /etc/passwd/x: not a directory`. */
function inGosWords(error: unknown): string {
  const of = error instanceof Error && 'syscall' in error && 'path' in error ? `${error.syscall} ${error.path}: ` : '';
  return of + errorText(error);
}

main().catch(async (error: unknown) => {
  await answer(failureOf(error));
  process.exitCode = 1;
});
