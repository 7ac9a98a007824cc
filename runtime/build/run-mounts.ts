import { cp, lstat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEffect, RunMount } from '../../core/plan/effect.ts';
import { resolveInRoot } from '../containers/rootfs-path.ts';
import { hasErrno } from '../os/errno.ts';
import type { MountSpec } from '../sandbox/sandbox.ts';
import { BuildError } from './build-error.ts';
import type { CacheMountLocks } from './cache-mount-locks.ts';
import { cacheFolders } from './cache-mounts.ts';
import type { Cleanup } from './cleanup.ts';
import { viewRoot } from './roots.ts';
import { showSecrets } from './secret-mounts.ts';
import { forwardAgents } from './ssh-mounts.ts';
import type { StepContext } from './step-context.ts';

/** What the mounts of a RUN come to: mounts of its sandbox, and variables of its command. */
export interface RunMounts {
  readonly mounts: readonly MountSpec[];
  readonly variables: Readonly<Record<string, string>>;
}

/** The `--mount`s of a RUN, and its heredoc script, as mounts of a sandbox. What they need goes with the cleanup. */
export async function runMounts(
  context: StepContext,
  run: RunEffect,
  scratch: string,
  cleanup: Cleanup,
  locks: CacheMountLocks,
): Promise<RunMounts> {
  const of = (type: RunMount['type']) => run.mounts.filter((mount) => mount.type === type);
  const caches = await cacheFolders(context, of('cache'), locks, cleanup);
  const secrets = await showSecrets(context, of('secret'), scratch, cleanup);
  const agents = await forwardAgents(context, of('ssh'), scratch, cleanup);
  const mounts: MountSpec[] = [];
  const variables: Record<string, string> = {};
  for (const [index, mount] of run.mounts.entries()) {
    const { target } = mount;
    const access = mount.readOnly ? 'ro' : 'rw';
    if (mount.type === 'tmpfs') mounts.push(tmpfs(mount));
    if (mount.type === 'cache') mounts.push(bind(caches.get(mount)!, target, access));
    if (mount.type === 'bind') {
      const source = await bindSource(context, mount, cleanup);
      mounts.push(
        bind(mount.readOnly ? source : await copied(source, join(scratch, `mount-${index}`)), target, access),
      );
    }
    const { file, variable } = secrets.get(mount) ?? {};
    if (file !== undefined) mounts.push(bind(file, target, 'ro'));
    if (variable !== undefined) variables[variable[0]] = variable[1];
    const agent = agents.get(mount);
    if (agent !== undefined) {
      mounts.push(bind(agent, target, 'rw'));
      variables.SSH_AUTH_SOCK ??= target;
    }
  }
  if (run.script !== undefined) {
    const file = join(scratch, 'script');
    await writeFile(file, run.script.content, { mode: 0o755 });
    mounts.push(bind(file, run.script.path, 'ro'));
  }
  return { mounts, variables };
}

function bind(source: string, destination: string, access: 'ro' | 'rw'): MountSpec {
  return { destination, type: 'bind', source, options: ['rbind', 'rprivate', access] };
}

function tmpfs({ target, size }: RunMount): MountSpec {
  const options = ['nosuid', 'nodev', ...(size === undefined ? [] : [`size=${size}`])];
  return { destination: target, type: 'tmpfs', source: 'tmpfs', options };
}

/** What RUN writes is thrown away. */
async function copied(source: string, to: string): Promise<string> {
  await cp(source, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  return to;
}

async function bindSource(context: StepContext, mount: RunMount, cleanup: Cleanup): Promise<string> {
  const { origin } = mount;
  let root = context.request.context;
  if (origin !== undefined && origin.kind !== 'context') {
    const view = await viewRoot(context.floor, await context.origin(origin), context.signal);
    cleanup.defer(() => view[Symbol.asyncDispose]());
    root = view.path;
  }
  const path = await resolveInRoot(root, mount.source);
  if (await isThere(path)) return path;
  throw new BuildError('invalid', {
    code: 'mount-source-missing',
    message: `RUN failed: --mount=type=bind: "${mount.source}": not found in ${whereOf(origin)}`,
    range: mount.range,
    subject: mount.source,
  });
}

function whereOf(origin: RunMount['origin']): string {
  if (origin === undefined || origin.kind === 'context') return 'the build context';
  return origin.kind === 'stage' ? `stage ${origin.stage}` : origin.reference;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
