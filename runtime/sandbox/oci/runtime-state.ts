import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { ProcessIdentity } from '../../os/process-tree.ts';
import type { EnteredContainer, EnteredNamespace } from '../enter/plan.ts';

/** A container of runc's, as far as its `exec` looks at it. */
export interface RuntimeContainer {
  readonly entered: EnteredContainer;
  /** The profile of system calls, as JSON; undefined where none are filtered. */
  readonly seccomp: string | undefined;
}

/** Of runc's own record of a container (`state.json`; libcontainer's `State`). */
const State = z.object({
  init_process_pid: z.number(),
  init_process_start: z.number(),
  cgroup_paths: z.record(z.string(), z.string()),
});

/** All that `runtimeSpec` writes. What it may come to write one day, this file has to learn first. */
const Config = z.strictObject({
  ...{ ociVersion: z.unknown(), root: z.unknown(), hostname: z.optional(z.unknown()), mounts: z.unknown() },
  // The runtime looks at some of them.
  annotations: z.optional(z.strictObject({})),
  process: z.strictObject({
    ...{ terminal: z.unknown(), consoleSize: z.optional(z.unknown()), user: z.unknown(), args: z.unknown() },
    ...{ env: z.unknown(), cwd: z.unknown(), capabilities: z.unknown(), rlimits: z.unknown() },
    noNewPrivileges: z.unknown(),
    oomScoreAdj: z.optional(z.number()),
  }),
  linux: z.strictObject({
    namespaces: z.array(z.object({ type: z.enum(['mount', 'network', 'pid', 'ipc', 'uts', 'cgroup']) })),
    ...{ cgroupsPath: z.optional(z.unknown()), sysctl: z.unknown(), devices: z.unknown(), resources: z.unknown() },
    ...{ maskedPaths: z.unknown(), readonlyPaths: z.unknown() },
    seccomp: z.optional(z.unknown()),
  }),
});

/** Where a container is, and in which bundle. */
export interface RuntimeFolders {
  /** The runtime's own, with a container's state (`--root`). */
  readonly root: string;
  readonly bundle: string;
}

/**
 * Reads what is known of a container that runs. Undefined where it is not to be understood as a whole, or is not this one: a
 * runtime has to be asked then.
 */
export async function runtimeContainer(
  id: string,
  identity: ProcessIdentity,
  folders: RuntimeFolders,
  cgroups: 1 | 2,
): Promise<RuntimeContainer | undefined> {
  const [state, config] = await Promise.all([
    read(join(folders.root, id, 'state.json'), State),
    read(join(folders.bundle, 'config.json'), Config),
  ]);
  if (state === undefined || config === undefined) return undefined;
  const same = state.init_process_pid === identity.pid && String(state.init_process_start) === identity.startTime;
  const groups = controlGroups(state.cgroup_paths, cgroups);
  if (!same || groups === undefined) return undefined;
  const { namespaces, seccomp } = config.linux;
  const oomScoreAdj = config.process.oomScoreAdj;
  return {
    entered: {
      identity,
      namespaces: namespaces.map(({ type }): EnteredNamespace => type),
      tasks: groups.tasks,
      cgroup: groups.cgroup,
      keyring: `_ses.${id}`,
      oomScoreAdj,
      freezer: groups.freezer,
    },
    seccomp: seccomp === undefined ? undefined : JSON.stringify(seccomp),
  };
}

type ControlGroups = Pick<EnteredContainer, 'tasks' | 'cgroup' | 'freezer'>;

/** The empty name is the one hierarchy of version 2, which a machine with those of version 1 may have beside them. */
function controlGroups(paths: Readonly<Record<string, string>>, version: 1 | 2): ControlGroups | undefined {
  const { '': cgroup, ...others } = paths;
  const wanted = version === 1 ? paths.freezer : cgroup;
  if (!wanted) return undefined;
  const freezer =
    version === 1
      ? { file: join(wanted, 'freezer.state'), running: 'THAWED' }
      : { file: join(wanted, 'cgroup.freeze'), running: '0' };
  const folders = version === 1 ? [...new Set(Object.values(others))] : [];
  if (folders.includes('')) return undefined;
  return { tasks: folders.map((folder) => join(folder, 'tasks')), cgroup: cgroup || undefined, freezer };
}

async function read<T extends z.ZodMiniType>(path: string, schema: T): Promise<z.output<T> | undefined> {
  try {
    return z.safeParse(schema, JSON.parse(await readFile(path, 'utf8'))).data;
  } catch (error) {
    // Another runtime has other files, and one that is just being written is none yet.
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error)) return undefined;
    throw error;
  }
}
