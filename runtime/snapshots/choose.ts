import { lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExtractOptions } from '../archive/extract.ts';
import { EngineError, unsupported } from '../errors.ts';
import { endMount } from './mounts.ts';
import { openOverlaySnapshotter } from './overlay.ts';
import { mountOverlay, type OverlayMarks } from './overlay-mount.ts';
import type { Snapshotter } from './snapshotter.ts';
import { openVfsSnapshotter } from './vfs.ts';

export type StoragePreference = 'auto' | 'overlay' | 'vfs';

export interface ChosenSnapshotter {
  readonly snapshotter: Snapshotter;
  /** One sentence for `lapstrake doctor`: what was chosen and why. */
  readonly reason: string;
  /** What the choice costs, for the log. */
  readonly warnings: readonly string[];
}

/**
 * Opens the best snapshotter that works below `root`, found by really mounting, or the one that is asked for.
 * Error: EngineError `unsupported` with code `overlay-unavailable` where overlay is asked for and the kernel refuses.
 */
export async function chooseSnapshotter(
  root: string,
  preference: StoragePreference = 'auto',
): Promise<ChosenSnapshotter> {
  await mkdir(root, { recursive: true, mode: 0o711 });
  const ownership = await ownershipHere();
  const warnings =
    ownership === 'exact' ? [] : ["this user namespace has one id only: files of other users become root's"];
  const openVfs = (reason: string, cost: readonly string[]): Promise<ChosenSnapshotter> =>
    openVfsSnapshotter(join(root, 'vfs'), { ownership }).then((snapshotter) => ({
      snapshotter,
      reason,
      warnings: [...warnings, ...cost],
    }));
  if (preference === 'vfs') return openVfs('vfs: asked for', []);
  const probed = await probeOverlay(root);
  if (probed.marks !== undefined) {
    const snapshotter = await openOverlaySnapshotter(join(root, probed.marks === 'user' ? 'overlay-user' : 'overlay'), {
      marks: probed.marks,
      ownership,
    });
    return { snapshotter, reason: probed.reason, warnings };
  }
  if (preference === 'auto') {
    return openVfs(`vfs: ${probed.reason}`, ['layers are kept as whole copies (vfs), which takes space and time']);
  }
  throw unsupported({
    code: 'overlay-unavailable',
    message: `overlay does not work below ${root}: ${probed.reason}; start with --storage vfs, or put --root on ext4 or xfs`,
    subject: root,
  });
}

/** Tries overlay with each kind of marks by a mount in which a file is deleted. Never throws for what the kernel refuses. */
export async function probeOverlay(
  root: string,
): Promise<{ readonly marks: OverlayMarks | undefined; readonly reason: string }> {
  const refusals: string[] = [];
  for (const marks of ['trusted', 'user'] as const) {
    const refusal = await tryOverlay(root, marks);
    if (refusal === undefined) {
      const how = marks === 'trusted' ? 'as root' : 'inside a user namespace';
      return { marks, reason: `overlay: the kernel's, ${how}` };
    }
    refusals.push(`${marks} marks: ${refusal}`);
  }
  return { marks: undefined, reason: refusals.join('; ') };
}

async function tryOverlay(root: string, marks: OverlayMarks): Promise<string | undefined> {
  const folder = await mkdtemp(join(root, 'probe-'));
  const merged = join(folder, 'merged');
  let mounted = false;
  try {
    for (const name of ['lower', 'upper', 'work', 'merged', 'lower/d']) await mkdir(join(folder, name));
    await writeFile(join(folder, 'lower/f'), '');
    mountOverlay(folder, { lower: ['lower'], writable: { upper: 'upper', work: 'work' } }, merged, marks);
    mounted = true;
    await rm(join(merged, 'f'));
    await rm(join(merged, 'd'), { recursive: true });
    await mkdir(join(merged, 'd'));
    const whiteout = await lstat(join(folder, 'upper/f'));
    return whiteout.isCharacterDevice() ? undefined : 'a deleted file leaves no whiteout';
  } catch (error) {
    if (error instanceof EngineError || (error instanceof Error && 'code' in error)) return error.message;
    throw error;
  } finally {
    if (mounted) endMount(merged);
    await rm(folder, { recursive: true, force: true });
  }
}

/** `where-possible` in a user namespace that maps fewer ids than images use. */
async function ownershipHere(): Promise<NonNullable<ExtractOptions['ownership']>> {
  if (process.geteuid?.() !== 0) return 'where-possible';
  const map = await readFile('/proc/self/uid_map', 'utf8');
  const ids = map
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2]), 0);
  return ids > 1000 ? 'exact' : 'where-possible';
}
