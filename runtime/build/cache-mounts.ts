import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { builderArguments } from '../../core/plan/builder-arguments.ts';
import type { RunMount } from '../../core/plan/effect.ts';
import { copyUp } from '../containers/copy-up.ts';
import { hasErrno } from '../os/errno.ts';
import { treeSize } from '../volumes/tree-size.ts';
import { BuildError, lineOf } from './build-error.ts';
import type { CacheMountLocks } from './cache-mount-locks.ts';
import type { Cleanup } from './cleanup.ts';
import { viewRoot } from './roots.ts';
import type { StepContext } from './step-context.ts';

/** Where the folders of cache mounts are, below the builder's own. */
export const CACHE_MOUNTS = 'cache-mounts';

/**
 * The folders of a RUN's cache mounts, by mount: `shared` ones at once, `locked` ones when nobody else uses them, and of
 * `private` ones the first that nobody uses. What has to be waited for is taken in one order by all, so that no two wait
 * for each other.
 */
export async function cacheFolders(
  context: StepContext,
  mounts: readonly RunMount[],
  locks: CacheMountLocks,
  cleanup: Cleanup,
): Promise<ReadonlyMap<RunMount, string>> {
  const folders = new Map<RunMount, string>();
  const { cacheNamespace } = builderArguments(context.request.buildArgs ?? {});
  const byName = mounts
    .map((mount) => ({ mount, name: nameOf(mount, cacheNamespace) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const taken = new Set<string>();
  for (const { mount, name } of byName) {
    let own = name;
    if (mount.sharing === 'locked' && !taken.has(name)) cleanup.defer(await locks.take(name, context.signal));
    if (mount.sharing === 'private') {
      let release = locks.tryTake(own);
      for (let at = 1; release === undefined; at++) {
        own = `${name}-${at}`;
        release = locks.tryTake(own);
      }
      cleanup.defer(release);
    }
    taken.add(name);
    // Not while it is being removed.
    const made = await locks.take(folderLock(own), context.signal);
    try {
      cleanup.defer(locks.use(own));
      folders.set(mount, await folderOf(context, mount, own));
    } finally {
      made();
    }
  }
  return folders;
}

/** A cache mount as it lies on the disk. */
export interface CacheMountUsage {
  readonly name: string;
  readonly bytes: number;
  readonly inUse: boolean;
  readonly createdAt: Date;
  /** When a RUN was last given it. */
  readonly usedAt: Date;
}

/** What the cache mounts of all builds hold; `parent` is the builder's folder. */
export async function cacheMountUsage(parent: string, locks: CacheMountLocks): Promise<CacheMountUsage[]> {
  const folder = join(parent, CACHE_MOUNTS);
  const names = (await namesIn(folder)).filter((name) => !name.startsWith('.'));
  return Promise.all(
    names.map(async (name) => {
      const { birthtime, ctime } = await stat(join(folder, name));
      const bytes = await treeSize(join(folder, name));
      return { name, bytes, inUse: locks.isUsed(name), createdAt: birthtime, usedAt: ctime };
    }),
  );
}

/** Removes those wanted cache mounts that no RUN uses at the moment, and gives them. */
export async function removeCacheMounts(
  parent: string,
  locks: CacheMountLocks,
  isWanted: (name: string) => boolean,
): Promise<CacheMountUsage[]> {
  const removed: CacheMountUsage[] = [];
  for (const usage of await cacheMountUsage(parent, locks)) {
    if (!isWanted(usage.name)) continue;
    const folder = join(parent, CACHE_MOUNTS, usage.name);
    const going = join(parent, CACHE_MOUNTS, `.removing-${usage.name}`);
    const free = locks.tryTake(folderLock(usage.name));
    if (free === undefined) continue;
    try {
      if (locks.isUsed(usage.name)) continue;
      await rm(going, { recursive: true, force: true });
      await rename(folder, going);
    } finally {
      free();
    }
    await rm(going, { recursive: true, force: true });
    removed.push(usage);
  }
  return removed;
}

/** Removes what an interrupted build or removal left. Gives a line for the log per thing removed. */
export async function recoverCacheMounts(parent: string): Promise<string[]> {
  const folder = join(parent, CACHE_MOUNTS);
  const left = (await namesIn(folder)).filter((name) => name.startsWith('.'));
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true });
  return left.map((name) => `removed ${join(folder, name)}, which was interrupted`);
}

const folderLock = (name: string): string => `folder of ${name}`;

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Caches of one id from different origins, or in different namespaces, are different caches. */
function nameOf({ id, target, origin, source }: RunMount, namespace: string | undefined): string {
  const from = origin === undefined ? [] : [JSON.stringify([origin, source])];
  return createHash('sha256')
    .update([id ?? target, ...from, ...(namespace === undefined ? [] : ['namespace', namespace])].join('\0'))
    .digest('hex')
    .slice(0, 32);
}

async function folderOf(context: StepContext, mount: RunMount, name: string): Promise<string> {
  const parent = join(context.floor.folder, CACHE_MOUNTS);
  const folder = join(parent, name);
  // Made beside its place, so that it is there with owner, mode and contents, or not at all.
  const making = join(parent, `.making-${name}-${process.hrtime.bigint()}`);
  try {
    await mkdir(parent, { recursive: true, mode: 0o711 });
    await mkdir(making);
    await fill(context, mount, making);
    await chown(making, mount.uid ?? 0, mount.gid ?? 0);
    await chmod(making, mount.mode ?? 0o755);
    await rename(making, folder);
  } catch (cause) {
    await rm(making, { recursive: true, force: true });
    if (hasErrno(cause, 'EEXIST', 'ENOTEMPTY')) return used(folder);
    if (cause instanceof BuildError) throw cause;
    throw new BuildError('internal', {
      code: 'cache-mount-failed',
      message: `line ${lineOf(mount.range)}: cannot make the cache for ${mount.target}: ${String(cause)}`,
      range: mount.range,
      cause,
    });
  }
  return folder;
}

/** Notes a use in the folder's ctime: the times that a command sees stay as they are. */
async function used(folder: string): Promise<string> {
  const { atime, mtime } = await stat(folder);
  await utimes(folder, atime, mtime);
  return folder;
}

/** What `from` and `source` say a cache begins with. */
async function fill(context: StepContext, { origin, source }: RunMount, folder: string): Promise<void> {
  if (origin === undefined) return;
  if (origin.kind === 'context') return copyUp(context.request.context, source, folder);
  await using view = await viewRoot(context.floor, await context.origin(origin), context.signal);
  await copyUp(view.path, source, folder);
}
