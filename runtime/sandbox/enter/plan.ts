import { posix } from 'node:path';
import type { ProcessIdentity } from '../../os/process-tree.ts';
import { capabilityBits } from '../capabilities.ts';
import { RESOURCES, UNLIMITED } from '../rlimits.ts';
import type { ProcessSpec } from '../sandbox.ts';

/** CLONE_NEW… of each namespace (linux/sched.h). */
const NAMESPACES = {
  mount: 0x00020000,
  cgroup: 0x02000000,
  uts: 0x04000000,
  ipc: 0x08000000,
  pid: 0x20000000,
  network: 0x40000000,
} as const;

export type EnteredNamespace = keyof typeof NAMESPACES;

/** A running container as far as somebody who enters it has to know it. */
export interface EnteredContainer {
  /** Its first process. */
  readonly identity: ProcessIdentity;
  /** Those that are not the daemon's own. */
  readonly namespaces: readonly EnteredNamespace[];
  /** `tasks` of its control group in each hierarchy of version 1. */
  readonly tasks: readonly string[];
  /** Folder of its control group of version 2. */
  readonly cgroup?: string | undefined;
  /** Name of its session keyring; the daemon's own where undefined. */
  readonly keyring?: string | undefined;
  /** The daemon's own where undefined, as the mask of new files' rights is. */
  readonly oomScoreAdj?: number | undefined;
  readonly umask?: number | undefined;
  /** A file that says whether the container is paused, and what it says where it is not; nobody looks where undefined. */
  readonly freezer?: { readonly file: string; readonly running: string } | undefined;
}

/** A process that enters a container. */
export interface Entry {
  readonly container: EnteredContainer;
  /** Bounded already by what the daemon has: its capabilities and limits are set as they are. */
  readonly process: ProcessSpec;
  /** Where the terminal is sent to, for a process that has one. */
  readonly consoleName: string;
  /** The filter of system calls: classic BPF. */
  readonly filter?: Buffer | undefined;
}

/** Most supplementary groups and folders in PATH that the keeper's program takes (keeper/src/plan.h). */
const [MOST_GROUPS, MOST_FOLDERS] = [256, 64];

/**
 * What the keeper's program reads that enters (keeper/src/plan.h). Undefined where it could not say all of it, or where an OCI runtime
 * would look at something more than this says.
 */
export function entryPlan({ container, process, consoleName, filter }: Entry): Buffer | undefined {
  const { user, args, env } = process;
  const limits = (process.ulimits ?? []).map(({ name, soft, hard }) => [RESOURCES.indexOf(name), soft, hard] as const);
  const search = searchPath(env);
  if (search === undefined || user.additionalGids.length > MOST_GROUPS) return undefined;
  if (!process.cwd.startsWith('/') || !args[0] || !isPlain(env)) return undefined;
  if (limits.some(([resource]) => resource < 0)) return undefined;
  const bits = capabilityBits(process.capabilities);
  const texts = [
    `pid=${container.identity.pid}`,
    `start=${container.identity.startTime}`,
    `namespaces=${container.namespaces.reduce((flags, name) => flags | NAMESPACES[name], 0)}`,
    ...container.tasks.map((file) => `tasks=${file}`),
    ...optional('keyring', container.keyring),
    ...optional('oom', container.oomScoreAdj),
    ...optional('umask', container.umask),
    ...(process.tty ? [`console=${consoleName}`] : []),
    ...(process.tty && process.consoleSize ? [`size=${process.consoleSize.rows} ${process.consoleSize.cols}`] : []),
    ...limits.map(([resource, soft, hard]) => `limit=${resource} ${whole(soft)} ${whole(hard)}`),
    `uid=${user.uid}`,
    `gid=${user.gid}`,
    ...user.additionalGids.map((gid) => `group=${gid}`),
    `bounding=${bits}`,
    // A process that is not root keeps them in its bounding set only, so that a set-user-ID program may still get them.
    `own=${user.uid === 0 ? bits : 0}`,
    ...(process.noNewPrivileges ? ['no-new-privileges=1'] : []),
    `cwd=${process.cwd}`,
    ...search.map((folder) => `search=${folder}`),
    ...env.map((variable) => `env=${variable}`),
    ...args.map((arg) => `arg=${arg}`),
  ];
  if (texts.some((text) => text.includes('\0'))) return undefined;
  return Buffer.concat([Buffer.from(`${texts.join('\0')}\0\0`), filter ?? Buffer.alloc(0)]);
}

function optional(key: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${key}=${value}`];
}

function whole(limit: number): string {
  return String(Number.isFinite(limit) ? BigInt(Math.trunc(limit)) : UNLIMITED);
}

/** Whether every variable has a name, and each name one value. */
function isPlain(env: readonly string[]): boolean {
  const names = env.map((variable) => variable.slice(0, variable.indexOf('=')));
  return !names.includes('') && new Set(names).size === names.length && env.every((each) => each.includes('='));
}

/**
 * The folders of PATH as runtimes put them before a name, without the slash. It ends at the first that is not absolute: a
 * program found there is refused, and one found after it has not been looked for in all before. Undefined without a PATH.
 */
function searchPath(env: readonly string[]): string[] | undefined {
  const path = env.find((variable) => variable.startsWith('PATH='))?.slice('PATH='.length);
  if (path === undefined) return undefined;
  const folders = path.split(':');
  const end = folders.findIndex((folder) => !folder.startsWith('/'));
  const absolute = (end === -1 ? folders : folders.slice(0, end)).map((folder) => posix.resolve(folder));
  return absolute.slice(0, MOST_FOLDERS).map((folder) => (folder === '/' ? '' : folder));
}
