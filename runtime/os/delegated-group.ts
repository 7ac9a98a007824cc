import { access, constants, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readControl } from './cgroup-files.ts';
import type { CgroupMounts } from './cgroup-mounts.ts';
import { ProgramError, run } from './spawn.ts';

/** Of a delegated scope, the group of the engine itself: one that has groups below it may have no processes of its own. */
const ENGINE = 'engine';
const SCOPE = /^(\/.*\/lapstrake-engine-\d+\.scope)(\/engine)?$/;

/**
 * The command with which an ordinary user's process, before its own one, becomes a scope of that user's systemd in which it may
 * make control groups (systemd-run(1), Delegate= of systemd.resource-control(5)). Undefined where there are no control groups
 * of version 2, or no such systemd.
 */
export async function scopeCommand(): Promise<readonly string[] | undefined> {
  const { PATH = '', XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS = '' } = process.env;
  if (XDG_RUNTIME_DIR === undefined || (await ownGroup()) === undefined) return undefined;
  const options = ['--user', '--scope', '--quiet', '--collect', '--property=Delegate=yes'];
  try {
    const env = { PATH, XDG_RUNTIME_DIR, ...(DBUS_SESSION_BUS_ADDRESS && { DBUS_SESSION_BUS_ADDRESS }) };
    await run('systemd-run', [...options, 'true'], { env });
  } catch (error) {
    if (error instanceof ProgramError) return undefined;
    throw error;
  }
  return ['systemd-run', ...options, `--unit=lapstrake-engine-${process.pid}.scope`];
}

/** Makes room for groups of containers in a scope that `scopeCommand` has made; does nothing in another group. */
export async function settleInScope(mounts: CgroupMounts): Promise<void> {
  const scope = SCOPE.exec((await ownGroup()) ?? '')?.[1];
  if (scope === undefined || mounts.version !== 2) return;
  const folder = join(mounts.path, scope);
  await mkdir(join(folder, ENGINE), { recursive: true });
  await writeFile(join(folder, ENGINE, 'cgroup.procs'), String(process.pid));
}

/** The group below which an ordinary user's engine makes those of its containers; version 0 where it may make none. */
export async function delegatedGroup(mounts: CgroupMounts): Promise<CgroupMounts> {
  const scope = SCOPE.exec((await ownGroup()) ?? '');
  if (mounts.version !== 2 || scope?.[2] === undefined) return { version: 0 };
  const below = scope[1]!;
  const folder = join(mounts.path, below);
  const writable = await access(join(folder, 'cgroup.subtree_control'), constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) return { version: 0 };
  const controllers = ((await readControl(folder, 'cgroup.controllers')) ?? '').split(' ').filter(Boolean);
  return { ...mounts, controllers: new Set(controllers), below };
}

/** Where this process is in the hierarchy of version 2; undefined where there is another version beside it, or none. */
async function ownGroup(): Promise<string | undefined> {
  return /^0::(.*)\n$/.exec(await readFile('/proc/self/cgroup', 'utf8'))?.[1];
}
