import type { Snapshotter } from '../snapshots/snapshotter.ts';
import { MADE_BY_START } from './made-by-start.ts';

/** Numbers of `GET /containers/{id}/changes`. */
const KIND = { C: 0, A: 1, D: 2 } as const;

/** What a container changed of its image. */
export async function changesOf(
  snapshots: Snapshotter,
  id: string,
  signal: AbortSignal,
): Promise<{ readonly Path: string; readonly Kind: number }[]> {
  const changes = await snapshots.changes(id, { mountPoints: MADE_BY_START, signal });
  return changes.map(({ path, kind }) => ({ Path: path.toString('utf8'), Kind: KIND[kind] }));
}
