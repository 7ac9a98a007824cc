import { openSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import { constants } from 'node:os';
import koffi from 'koffi';
import { unavailable } from '../errors.ts';
import { findCgroupMounts } from './cgroup-mounts.ts';
import { scopeCommand, settleInScope } from './delegated-group.ts';
import { runAny } from './spawn.ts';
import { forbiddingSettings } from './userns-settings.ts';

/**
 * How the daemon stands to the machine: `root` has mounts of its own; `rootless` is root of a user namespace with a
 * range of ids, `rootless-single-id` with one id only; `bare` got no namespace at all.
 */
export type Standing = 'root' | 'rootless' | 'rootless-single-id' | 'bare';

/** What `enterNamespaces` found or made. */
export interface Entered {
  readonly standing: Standing;
  /** The user who started the daemon, outside any user namespace. */
  readonly uid: number;
  /** For the log and for doctor: what is missing, what it costs, what would add it. */
  readonly warnings: readonly string[];
}

const STANDING = 'LAPSTRAKE_STANDING';
const STARTER = 'LAPSTRAKE_STARTER_UID';
/** Where it was started: who joins a mount namespace stands at its root. */
const FOLDER = 'LAPSTRAKE_STARTER_FOLDER';

const F_SETFD = 2;

interface Attempt {
  readonly standing: Exclude<Standing, 'bare'>;
  readonly program: 'unshare' | 'nsenter';
  readonly flags: readonly string[];
}

const MOUNTS = ['--mount', '--propagation', 'slave'];
const AS_ROOT: Attempt = { standing: 'root', program: 'unshare', flags: MOUNTS };
const AS_USER: readonly Attempt[] = [
  { standing: 'rootless', program: 'unshare', flags: ['--user', '--map-root-user', '--map-auto', ...MOUNTS] },
  { standing: 'rootless-single-id', program: 'unshare', flags: ['--user', '--map-root-user', ...MOUNTS] },
];

/** The user who started the daemon: inside a user namespace, where it is 0 to itself, as outside. */
export function starterUid(): number {
  return Number(process.env[STARTER] ?? process.getuid?.() ?? 0);
}

/**
 * Puts this process into a mount namespace of its own, and an ordinary user's into a user namespace: replaces it by
 * util-linux `unshare` and, through that, by itself, so that its process id stays. Where `findKept` names a process of an
 * earlier daemon that still runs, its namespaces are joined (`nsenter`): its mounts are there. The first thing a daemon does:
 * open files and streams are lost. Returns in the process that is already inside.
 *
 * Errors: `unavailable` with code `no-user-namespace` where an ordinary user may not make one; it names the kernel's setting.
 */
export async function enterNamespaces(findKept: () => Promise<number | undefined>): Promise<Entered> {
  const inside = process.env[STANDING];
  if (inside !== undefined) {
    const uid = starterUid();
    // What the daemon starts is not inside because the daemon was.
    delete process.env[STANDING];
    delete process.env[STARTER];
    leaveOldFolder();
    if (uid !== 0) await settleInScope(await findCgroupMounts());
    const standing = parseStanding(inside);
    return { standing, uid, warnings: warningsOf(standing) };
  }
  const uid = process.getuid?.() ?? 0;
  const kept = await findKept();
  const join = kept === undefined ? undefined : await joining(kept);
  if (join !== undefined) {
    const refusal = await tryOut(join);
    if (refusal === undefined) return replaceSelf(join, uid, await scopeOf(uid));
    throw unavailable({
      code: 'namespaces-not-joined',
      message: `the engine cannot get to the containers that run still, in the namespaces of process ${kept}: ${refusal}`,
      subject: String(kept),
      remedies: ['Start it as the user and in the place where it was started before', `End them: kill -9 ${kept}`],
    });
  }
  const attempts = uid === 0 ? [AS_ROOT, ...AS_USER] : AS_USER;
  const refusals: string[] = [];
  for (const attempt of attempts) {
    const refusal = await tryOut(attempt);
    if (refusal === undefined) return replaceSelf(attempt, uid, await scopeOf(uid));
    refusals.push(refusal);
  }
  if (uid === 0) return { standing: 'bare', uid, warnings: warningsOf('bare') };
  const settings = await forbiddingSettings();
  throw unavailable({
    code: 'no-user-namespace',
    message:
      settings.length > 0
        ? `the kernel forbids user namespaces to ordinary users: ${settings.map((each) => `${each.name} is ${each.value}`).join(', ')}`
        : `an ordinary user cannot make a user namespace here: ${refusals.at(-1) ?? ''}`,
    subject: settings[0]?.name,
    remedies: [...settings.map((each) => `As root: ${each.remedy}`), 'Start the engine as root'],
  });
}

/** What went wrong when `unshare` was tried with `true`; undefined where it works. */
async function tryOut({ program, flags }: Attempt): Promise<string | undefined> {
  try {
    const { exitCode, stderr } = await runAny(program, [...flags, 'true']);
    return exitCode === 0 ? undefined : stderr.trim();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Root makes control groups where it likes. */
async function scopeOf(uid: number): Promise<readonly string[]> {
  return (uid === 0 ? undefined : await scopeCommand()) ?? [];
}

function replaceSelf(attempt: Attempt, uid: number, before: readonly string[]): never {
  const argv = [
    ...before,
    attempt.program,
    ...attempt.flags,
    process.execPath,
    ...process.execArgv,
    ...process.argv.slice(1),
  ];
  const folder = attempt.program === 'nsenter' ? { [FOLDER]: process.cwd() } : {};
  const variables = { ...process.env, ...folder, [STANDING]: attempt.standing, [STARTER]: String(uid) };
  const env = Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  const libc = koffi.load(null);
  // Node ignores SIGPIPE, and exec hands that on.
  libc.func('void *signal(int number, intptr_t handler)')(constants.signals.SIGPIPE, 0);
  // Node marks what it was given as close-on-exec, its standard streams too.
  const fcntl = libc.func('int fcntl(int fd, int command, int argument)');
  for (const fd of [0, 1, 2]) fcntl(fd, F_SETFD, 0);
  libc.func('int execvpe(const char *file, const char **argv, const char **env)')(
    argv[0],
    [...argv, null],
    [...env, null],
  );
  throw unavailable({ code: 'reexec-failed', message: `cannot execute ${argv[0]}: errno ${koffi.errno()}` });
}

/** How to get into the namespaces of a process; undefined where they are those of this one. */
async function joining(pid: number): Promise<Attempt | undefined> {
  const differs = async (name: string): Promise<boolean> =>
    (await readlink(`/proc/${pid}/ns/${name}`)) !== (await readlink(`/proc/self/ns/${name}`));
  if (!(await differs('mnt'))) return undefined;
  const mounts = `--mount=${pinned(pid, 'mnt')}`;
  if (!(await differs('user'))) return { standing: 'root', program: 'nsenter', flags: [mounts] };
  const ids = (await readFile(`/proc/${pid}/uid_map`, 'utf8')).trim().split('\n');
  const standing = ids.length > 1 ? 'rootless' : 'rootless-single-id';
  return { standing, program: 'nsenter', flags: [`--user=${pinned(pid, 'user')}`, '--preserve-credentials', mounts] };
}

/** A path to the namespace that stays good when the process ends. */
function pinned(pid: number, name: string): string {
  const fd = openSync(`/proc/${pid}/ns/${name}`, 'r');
  koffi.load(null).func('int fcntl(int fd, int command, int argument)')(fd, F_SETFD, 0);
  // Executing another program changes neither the id of this process nor its descriptors.
  return `/proc/${process.pid}/fd/${fd}`;
}

function leaveOldFolder(): void {
  const folder = process.env[FOLDER];
  if (folder === undefined) return;
  delete process.env[FOLDER];
  process.chdir(folder);
}

function parseStanding(text: string): Standing {
  return text === 'root' || text === 'rootless' || text === 'rootless-single-id' ? text : 'bare';
}

function warningsOf(standing: Standing): string[] {
  switch (standing) {
    case 'root':
    case 'rootless':
      return [];
    case 'rootless-single-id':
      return [
        'Only one user id is mapped, so images with files of several users lose their owners, and programs that change ' +
          'their user fail: install the package uidmap (newuidmap) and give the user a range in /etc/subuid and /etc/subgid.',
      ];
    case 'bare':
      return [
        'Neither mounts nor user namespaces are allowed here, so containers run without isolation (chroot) and layers are copied.',
      ];
  }
}
