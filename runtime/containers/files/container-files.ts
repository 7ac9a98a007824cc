import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cancelled, EngineError, internal } from '../../errors.ts';
import { type Program, start } from '../../os/spawn.ts';
import { FilesAnswer, type FilesRequest, type PathStat } from './request.ts';

/** How the program that works on containers' files is started. */
export interface FilesProgram {
  /** Absolute path of the bundled program (`dist/container-files.js`). */
  readonly path: string;
  readonly enter: FilesRequest['enter'];
}

/** A container's root as the program is to see it. */
export type FilesRoot = Pick<FilesRequest, 'root' | 'mounts' | 'readonlyRoot'>;

/** What a path is. Errors: EngineError `not-found`, `invalid`. */
export async function statPath(
  program: FilesProgram,
  root: FilesRoot,
  path: string,
  signal: AbortSignal,
): Promise<PathStat> {
  const running = await begin(program, root, { kind: 'stat', path }, signal);
  running.stdin!.end();
  const { answer } = await firstLine(running);
  running.stdout!.destroy();
  await running.exited;
  return statOf(answer);
}

/** What a path is, and an archive of it; the program ends with the archive, or when that is destroyed. */
export async function getArchive(
  program: FilesProgram,
  root: FilesRoot,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly stat: PathStat; readonly archive: AsyncIterable<Buffer> }> {
  const running = await begin(program, root, { kind: 'get', path }, signal);
  running.stdin!.end();
  const { answer, rest } = await firstLine(running);
  if ('failure' in answer) running.stdout!.destroy();
  return { stat: statOf(answer), archive: archiveOf(running, rest) };
}

/** An archive of the whole root; the program ends with the archive, or when that is destroyed. */
export async function exportRoot(
  program: FilesProgram,
  root: FilesRoot,
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  const running = await begin(program, root, { kind: 'export' }, signal);
  running.stdin!.end();
  const { answer, rest } = await firstLine(running);
  if ('failure' in answer) {
    running.stdout!.destroy();
    throw errorOf(answer);
  }
  return archiveOf(running, rest);
}

async function* archiveOf(running: Program, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* rest;
    const exitCode = await running.exited;
    if (exitCode !== 0) throw failed(exitCode);
  } finally {
    running.kill('SIGKILL');
    running.stdout!.destroy();
  }
}

/** Unpacks an archive into a directory. Errors: EngineError `not-found`, `invalid`, `forbidden`. */
export async function putArchive(
  program: FilesProgram,
  root: FilesRoot,
  work: Omit<Extract<FilesRequest['work'], { kind: 'put' }>, 'kind'>,
  archive: Readable,
  signal: AbortSignal,
): Promise<void> {
  const running = await begin(program, root, { kind: 'put', ...work }, signal);
  const [sent, { answer }] = await Promise.all([
    // The archive is a request's body: it has to stay whole for the answer to be sent.
    pipeline(archive.iterator({ destroyOnReturn: false }), running.stdin!, { signal }).then(
      () => undefined,
      (error: unknown) => error,
    ),
    firstLine(running),
  ]);
  running.stdout!.destroy();
  const exitCode = await running.exited;
  if ('failure' in answer) throw errorOf(answer);
  // It does not read further than it needs, which breaks the pipe; a broken archive is what it said above.
  if (archive.errored && sent !== undefined) throw sent;
  if (exitCode !== 0) throw failed(exitCode);
}

async function begin(
  { path, enter }: FilesProgram,
  root: FilesRoot,
  work: FilesRequest['work'],
  signal: AbortSignal,
): Promise<Program> {
  const request: FilesRequest = { ...root, enter, work };
  const command = [process.execPath, path, JSON.stringify(request)];
  const namespace = enter === 'mounts' ? ['unshare', '--mount', '--propagation', 'private', '--'] : [];
  const [file = '', ...args] = [...namespace, ...command];
  const running = await start(file, args, { stdio: ['pipe', 'pipe', 'ignore'], signal, killAfter: 0 });
  // What nobody reads to its end stays open, also where the program that wrote it is gone.
  running.exited.catch((error: Error) => running.stdout!.destroy(error));
  return running;
}

/** The answer, and what follows it. */
async function firstLine({
  stdout,
  exited,
}: Program): Promise<{ readonly answer: FilesAnswer; readonly rest: AsyncGenerator<Buffer> }> {
  const chunks = (stdout as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (!head.includes(10)) {
    const next = await chunks.next();
    if (next.done) throw failed(await exited);
    head = Buffer.concat([head, next.value]);
  }
  const end = head.indexOf(10);
  async function* rest(): AsyncGenerator<Buffer> {
    yield head.subarray(end + 1);
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  return { answer: FilesAnswer.parse(JSON.parse(head.toString('utf8', 0, end))), rest: rest() };
}

function statOf(answer: FilesAnswer): PathStat {
  if ('stat' in answer) return answer.stat;
  throw errorOf(answer);
}

function errorOf(answer: FilesAnswer): EngineError {
  if (!('failure' in answer)) return failed(0);
  const { kind, code, message } = answer.failure;
  return new EngineError(kind, { code, message });
}

function failed(exitCode: number): EngineError {
  const message = `working on the container's files ended with exit code ${exitCode}`;
  if (exitCode > 128) return cancelled({ code: 'files-ended', message });
  return internal({ code: 'files-ended', message });
}
