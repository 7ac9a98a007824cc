import { chmod, lstat, mkdir, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { findDistrust } from '../../core/disk/trusted-path.ts';
import { conflict, forbidden } from '../errors.ts';
import type { Log } from '../log.ts';
import { hasErrno } from '../os/errno.ts';

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Makes the folder of a socket, for its user only, or checks the one that is there; one of this user's that others may
 * write to is closed to them. Error: EngineError `forbidden`, code `socket-folder-unsafe`, where another user could put a
 * socket of theirs in the place of the engine's.
 */
export async function prepareSocketFolder(socket: string, log?: Log, uid = ownUid()): Promise<void> {
  const folder = dirname(socket);
  const owner = await ownerAndMode(folder);
  if (owner === undefined) {
    await refuseDistrusted(folder, uid);
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } else if ((owner.mode & OTHERS_WRITE) !== 0 && (owner.mode & STICKY) === 0) {
    if (owner.uid !== uid) throw unsafe(folder, folder, 'others than its owner may write to it');
    await chmod(folder, owner.mode & ~OTHERS_WRITE & 0o7777);
    log?.warn(`${folder} holds the engine's socket, so only its owner may write to it from now on`);
  }
  await refuseDistrusted(folder, uid);
}

/**
 * Removes what a dead daemon of this user left at a socket's path.
 * Errors: EngineError `conflict`, `socket-in-use` where a daemon listens there, `socket-path-taken` where it is none of ours.
 */
export async function clearStaleSocket(socket: string, uid = ownUid()): Promise<void> {
  const found = await ownerAndMode(socket, lstat);
  if (found === undefined) return;
  if (!found.isSocket) throw taken(socket, 'is no socket');
  if (found.uid !== uid) throw taken(socket, `belongs to another user (uid ${found.uid})`);
  if (await isAnswering(socket)) {
    throw conflict({
      code: 'socket-in-use',
      message: `another daemon listens on ${socket}: stop it, or choose another --host`,
      subject: socket,
    });
  }
  await rm(socket, { force: true });
}

function ownUid(): number {
  return process.geteuid?.() ?? 0;
}

async function refuseDistrusted(folder: string, uid: number): Promise<void> {
  const distrust = await findDistrust(folder, uid);
  if (distrust !== undefined) throw unsafe(folder, distrust.path, distrust.why);
}

async function ownerAndMode(path: string, look: typeof stat | typeof lstat = stat) {
  try {
    const stats = await look(path);
    return { uid: stats.uid, mode: stats.mode, isSocket: stats.isSocket() };
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function unsafe(folder: string, path: string, why: string) {
  const of = path === folder ? '' : ` because of ${path}`;
  return forbidden({
    code: 'socket-folder-unsafe',
    message: `refusing to listen in ${folder}${of}: ${why}, so another user could pose as the engine; remove ${path}, give it to this user with mode 0700, or choose another --host`,
    subject: path,
  });
}

function taken(socket: string, why: string) {
  return conflict({
    code: 'socket-path-taken',
    message: `cannot listen on ${socket}: what is there ${why}; remove it, or choose another --host`,
    subject: socket,
  });
}

/** Whether somebody listens on a socket, rather than a dead daemon having left it. */
function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', (error) => {
      if (hasErrno(error, 'ENOENT', 'ECONNREFUSED')) resolve(false);
      else reject(error);
    });
  });
}
