import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { conflict } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { lockFile } from '../os/syscalls.ts';
import { makeRoot } from './make-root.ts';

/** Proof that this process alone uses a root directory; ends with `asyncDispose` or with the process. */
export interface RootLock extends AsyncDisposable {
  readonly root: string;
}

/**
 * Locks a data root for this process: the kernel ends the lock (flock) when the process dies, however it dies.
 * Errors: EngineError `conflict` with code `root-in-use`, naming the process that holds it; those of
 * `makeRoot`.
 */
export async function lockRoot(root: string): Promise<RootLock> {
  await makeRoot(root);
  const file = await open(join(root, 'lapstraked.lock'), 'a+', 0o600);
  try {
    lockFile(file.fd);
    await file.truncate(0);
    await file.appendFile(`${process.pid}\n`);
  } catch (error) {
    const holder = hasErrno(error, 'EAGAIN', 'EWOULDBLOCK') ? await readHolder(file) : undefined;
    await file.close();
    if (holder === undefined) throw error;
    throw conflict({
      code: 'root-in-use',
      message: `another lapstraked (${holder}) uses ${root}: connect to it, stop it, or choose another --root`,
      subject: root,
    });
  }
  return { root, [Symbol.asyncDispose]: () => file.close() };
}

async function readHolder(file: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await file.read({ position: 0 });
  const pid = buffer.toString('utf8', 0, bytesRead).trim();
  return pid === '' ? 'of unknown pid' : `pid ${pid}`;
}
