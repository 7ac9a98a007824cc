import type { Snapshotter } from '../snapshots/snapshotter.ts';

/** Numbers of `GET /containers/{id}/changes`. */
const KIND = { C: 0, A: 1, D: 2 } as const;
/** Mount points that starting a container makes in its root, and that are none of its own doing. */
const MADE_BY_START = new Set([
  '/etc/hosts',
  '/etc/hostname',
  '/etc/resolv.conf',
  '/dev',
  '/proc',
  '/sys',
  '/.dockerenv',
]);

/** What a container changed of its image. */
export async function changesOf(
  snapshots: Snapshotter,
  id: string,
  signal: AbortSignal,
): Promise<{ readonly Path: string; readonly Kind: number }[]> {
  const changes = await snapshots.changes(id, signal);
  const own = changes
    .map(({ path, kind }) => ({ Path: path.toString('utf8'), kind }))
    .filter(({ Path }) => !MADE_BY_START.has(Path) && !/^\/(dev|proc|sys)\//.test(Path));
  // A folder that changed only because of what was left out is no change either.
  return own
    .filter(
      ({ Path, kind }) =>
        kind !== 'C' || own.some((other) => other.Path.startsWith(`${Path}/`)) || !holdsMountPoint(Path),
    )
    .map(({ Path, kind }) => ({ Path, Kind: KIND[kind] }));
}

function holdsMountPoint(path: string): boolean {
  return [...MADE_BY_START].some((each) => each.startsWith(`${path}/`));
}
