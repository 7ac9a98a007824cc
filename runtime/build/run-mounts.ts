import { createHash } from 'node:crypto';
import { chmod, chown, cp, lstat, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEffect, RunMount } from '../../core/plan/effect.ts';
import { resolveInRoot } from '../containers/rootfs-path.ts';
import { hasErrno } from '../os/errno.ts';
import type { MountSpec } from '../sandbox/sandbox.ts';
import { BuildError, lineOf, unsupportedHere } from './build-error.ts';
import { viewRoot } from './roots.ts';
import type { StepContext } from './step-context.ts';

/** Lets one RUN at a time use a cache that is not to be shared. */
export class CacheMountLocks {
  readonly #held = new Map<string, Promise<void>>();

  /** Resolves when it is ours, with what gives it back. */
  async take(id: string): Promise<() => void> {
    const before = this.#held.get(id);
    let release: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#held.set(
      id,
      (before ?? Promise.resolve()).then(() => mine),
    );
    await before;
    return release;
  }
}

/** The `--mount`s of a RUN, and its heredoc script, as mounts of a sandbox. What they need goes with the stack. */
export async function runMounts(
  context: StepContext,
  run: RunEffect,
  scratch: string,
  stack: AsyncDisposableStackLike,
  locks: CacheMountLocks,
): Promise<MountSpec[]> {
  const specs: MountSpec[] = [];
  for (const [index, mount] of run.mounts.entries()) {
    const spec = await mountSpec(context, mount, join(scratch, `mount-${index}`), stack, locks);
    if (spec !== undefined) specs.push(spec);
  }
  if (run.script !== undefined) {
    const file = join(scratch, 'script');
    await writeFile(file, run.script.content, { mode: 0o755 });
    specs.push(bind(file, run.script.path, 'ro'));
  }
  return specs;
}

/** The part of `AsyncDisposableStack` that is needed, which Node 20 lacks. */
export interface AsyncDisposableStackLike {
  defer(dispose: () => void | PromiseLike<void>): void;
}

async function mountSpec(
  context: StepContext,
  mount: RunMount,
  scratch: string,
  stack: AsyncDisposableStackLike,
  locks: CacheMountLocks,
): Promise<MountSpec | undefined> {
  switch (mount.type) {
    case 'tmpfs': {
      const options = ['nosuid', 'nodev', ...(mount.size === undefined ? [] : [`size=${mount.size}`])];
      return { destination: mount.target, type: 'tmpfs', source: 'tmpfs', options };
    }
    case 'cache':
      return bind(await cacheFolder(context, mount, stack, locks), mount.target, mount.readOnly ? 'ro' : 'rw');
    case 'bind': {
      const source = await bindSource(context, mount, stack);
      if (mount.readOnly) return bind(source, mount.target, 'ro');
      // What RUN writes is thrown away.
      await cp(source, scratch, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
      return bind(scratch, mount.target, 'rw');
    }
    case 'secret':
    case 'ssh':
      if (!mount.required) return undefined;
      throw unsupportedHere(`RUN --mount=type=${mount.type},required`, mount.range);
  }
}

function bind(source: string, destination: string, access: 'ro' | 'rw'): MountSpec {
  return { destination, type: 'bind', source, options: ['rbind', 'rprivate', access] };
}

async function bindSource(context: StepContext, mount: RunMount, stack: AsyncDisposableStackLike): Promise<string> {
  const { origin } = mount;
  let root = context.request.context;
  if (origin !== undefined && origin.kind !== 'context') {
    const view = await viewRoot(context.floor, await context.origin(origin), context.signal);
    stack.defer(() => view[Symbol.asyncDispose]());
    root = view.path;
  }
  const path = await resolveInRoot(root, mount.source);
  if (await isThere(path)) return path;
  throw new BuildError('invalid', {
    code: 'mount-source-missing',
    message: `RUN failed: --mount=type=bind: "${mount.source}": not found in ${origin === undefined || origin.kind === 'context' ? 'the build context' : origin.kind === 'stage' ? `stage ${origin.stage}` : origin.reference}`,
    range: mount.range,
    subject: mount.source,
  });
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

async function cacheFolder(
  { floor }: StepContext,
  mount: RunMount,
  stack: AsyncDisposableStackLike,
  locks: CacheMountLocks,
): Promise<string> {
  if (mount.origin !== undefined) throw unsupportedHere('RUN --mount=type=cache,from=', mount.range);
  const id = createHash('sha256')
    .update(mount.id ?? mount.target)
    .digest('hex')
    .slice(0, 32);
  if (mount.sharing !== 'shared') stack.defer(await locks.take(id));
  const folder = join(floor.folder, 'cache-mounts', id);
  try {
    await mkdir(join(floor.folder, 'cache-mounts'), { recursive: true, mode: 0o711 });
    await mkdir(folder);
    await chown(folder, mount.uid ?? 0, mount.gid ?? 0);
    await chmod(folder, mount.mode ?? 0o755);
  } catch (cause) {
    if (hasErrno(cause, 'EEXIST')) return folder;
    throw new BuildError('internal', {
      code: 'cache-mount-failed',
      message: `line ${lineOf(mount.range)}: cannot make the cache for ${mount.target}: ${String(cause)}`,
      range: mount.range,
      cause,
    });
  }
  return folder;
}
