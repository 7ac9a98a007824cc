import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildFloor } from './floor.ts';
import { type StageState, topOf } from './stage-state.ts';

/** Begins the names of all snapshots of builds, by which the next run finds what a crash left. */
export const BUILD_KEY_PREFIX = 'build-';

/** A name for a snapshot of a step. */
export function newBuildKey(): string {
  return `${BUILD_KEY_PREFIX}${randomBytes(8).toString('hex')}`;
}

/** The files of a state, to look at; ends with the disposal. */
export interface RootView extends AsyncDisposable {
  readonly path: string;
}

/** Shows the files of a state, unpacking layers that are not yet. */
export async function viewRoot(floor: BuildFloor, state: StageState, signal: AbortSignal): Promise<RootView> {
  const top = await unpackState(floor, state, signal);
  if (top === undefined) {
    const scratch = await temporaryFolder(floor);
    return { path: scratch.path, [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
  }
  const key = newBuildKey();
  const path = await floor.snapshots.view(key, top);
  return { path, [Symbol.asyncDispose]: () => floor.snapshots.unmount(key) };
}

/** Has the snapshotter hold the state's layers. */
export async function unpackState(floor: BuildFloor, state: StageState, signal: AbortSignal) {
  const top = topOf(state);
  if (top === undefined || (await floor.snapshots.has(top))) return top;
  return floor.images.unpack({ layers: state.layers.flatMap((diffId) => floor.images.layer(diffId) ?? []) }, signal);
}

/** A new empty folder, removed with all it holds by the disposal. */
export async function temporaryFolder(floor: BuildFloor): Promise<RootView> {
  const parent = join(floor.folder, 'temporary');
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const path = await mkdtemp(join(parent, 'step-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
