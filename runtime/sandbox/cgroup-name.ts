import { join } from 'node:path';
import { invalid } from '../errors.ts';
import type { Machine } from './machine.ts';
import type { SandboxSpec } from './sandbox.ts';

/** Who makes control groups for an OCI runtime: the runtime itself, or systemd at its wish. */
export type CgroupManager = 'cgroupfs' | 'systemd';

/** The name of a container's control group. */
export interface CgroupName {
  /** Below the root of every hierarchy. */
  readonly path: string;
  /** The same in the words of the runtime spec (`linux.cgroupsPath`). */
  readonly cgroupsPath: string;
}

/**
 * What a container's group is called below `parent`, or below the engine's own; all of them below `delegated`, where the engine
 * may make them only there. systemd knows it as a scope in a slice.
 * Error: EngineError `invalid`, code `cgroup-parent-no-slice`, for a parent that is none where systemd is the manager.
 */
export function cgroupName(manager: CgroupManager, id: string, parent?: string, delegated = ''): CgroupName {
  if (manager === 'cgroupfs') {
    const path = join('/', delegated, parent ?? 'lapstrake', id);
    return { path, cgroupsPath: path };
  }
  const slice = (parent ?? 'system.slice').replace(/^\//, '');
  return { path: join(sliceFolder(slice), `lapstrake-${id}.scope`), cgroupsPath: `${slice}:lapstrake:${id}` };
}

/** `a-b.slice` lies in `a.slice` (systemd.slice(5)). */
function sliceFolder(slice: string): string {
  const name = slice.slice(0, -'.slice'.length);
  if (name === '-' && slice.endsWith('.slice')) return '/';
  const parts = name.split('-');
  if (!slice.endsWith('.slice') || slice.includes('/') || parts.includes('')) {
    throw invalid({
      code: 'cgroup-parent-no-slice',
      message: `cgroup-parent for systemd cgroup should be a valid slice named as "xxx.slice", not ${slice}`,
      subject: slice,
    });
  }
  return join('/', ...parts.map((_, index) => `${parts.slice(0, index + 1).join('-')}.slice`));
}

/** The name of a container's group on this machine; errors as those of `cgroupName`. */
export function groupOn(machine: Machine, manager: CgroupManager, spec: SandboxSpec): CgroupName {
  const { groups } = machine;
  return cgroupName(manager, spec.id, spec.cgroupParent, groups.version === 2 ? groups.below : undefined);
}
