import { lstat, readFile, readlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** Somebody else decides where a path leads: `why` says it of `path`, the path itself or what stands on its way. */
export interface Distrust {
  readonly path: string;
  readonly why: string;
}

/** Most symbolic links on the way, as the kernel has it. */
const MOST_LINKS = 40;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;
/** Whoever has no id in this process's user namespace. */
const OVERFLOW_UID = 65_534;

/**
 * Tells whether another user than `uid` or root may have put there what a path leads to, or may replace it: that user
 * would be obeyed in the place of whom was meant. Undefined where none can, and for what does not exist yet. In a user
 * namespace, which hides who is root outside, owners without an id pass: look before entering it.
 */
export async function findDistrust(path: string, uid: number): Promise<Distrust | undefined> {
  const trusted = await trustedOwners(uid);
  let names = namesOf(path);
  let folder = '/';
  let isAnyones = false;
  for (let links = 0; names.length > 0; ) {
    const [name = '', ...rest] = names;
    const current = join(folder, name);
    const stats = await lstatIfAny(current);
    if (stats === undefined) return undefined;
    // A folder on the way, where not everybody may make one, was put there by whoever set the machine up.
    const matters = isAnyones || rest.length === 0 || stats.isSymbolicLink();
    if (matters && !trusted.has(stats.uid))
      return { path: current, why: `it belongs to another user (uid ${stats.uid})` };
    if (stats.isSymbolicLink()) {
      if (++links > MOST_LINKS) return { path: current, why: 'it leads through too many symbolic links' };
      names = [...namesOf(resolve(folder, await readlink(current))), ...rest];
      folder = '/';
      isAnyones = false;
      continue;
    }
    isAnyones = stats.isDirectory() && (stats.mode & OTHERS_WRITE) !== 0;
    if (isAnyones && (stats.mode & STICKY) === 0) return { path: current, why: 'every user may write to it' };
    folder = current;
    names = rest;
  }
  return undefined;
}

/** The same for a unix socket and for the folder that holds it. */
export async function findSocketDistrust(socket: string, uid: number): Promise<Distrust | undefined> {
  return (await findDistrust(dirname(socket), uid)) ?? (await findDistrust(socket, uid));
}

function namesOf(path: string): string[] {
  return resolve(path)
    .split('/')
    .filter((name) => name !== '');
}

async function trustedOwners(uid: number): Promise<ReadonlySet<number>> {
  const owners = new Set([0, uid]);
  if (!(await mapsEveryId())) owners.add(OVERFLOW_UID);
  return owners;
}

async function mapsEveryId(): Promise<boolean> {
  try {
    return /^\s*0\s+0\s+4294967295\s*$/.test(await readFile('/proc/self/uid_map', 'utf8'));
  } catch (error) {
    // Without user namespaces, as on macOS, ids are what they are.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true;
    throw error;
  }
}

/** Undefined too for what this process may not look at: it cannot use that either. */
async function lstatIfAny(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined;
    throw error;
  }
}
