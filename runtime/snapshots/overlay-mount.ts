import { chdir, cwd } from 'node:process';
import { unsupported } from '../errors.ts';
import { MountFlag, mount } from '../os/syscalls.ts';

/** In whose attributes overlay keeps its marks: `user` works inside a user namespace. */
export type OverlayMarks = 'trusted' | 'user';

export interface OverlayDirectories {
  /** Names below the root directory, topmost first; at least one. */
  readonly lower: readonly string[];
  /** Absent for a read-only mount. */
  readonly writable?: { readonly upper: string; readonly work: string } | undefined;
}

/** Bytes of mount options that the kernel takes: a page with its end. */
const MOST_OPTIONS = 4095;

/** Mounts an overlay at `target`; all directories are named relative to `root`. */
export function mountOverlay(root: string, directories: OverlayDirectories, target: string, marks: OverlayMarks): void {
  const { lower, writable } = directories;
  if (lower.length === 1 && writable === undefined) {
    mount(`${root}/${lower[0]}`, target, '', MountFlag.bind);
    mount('', target, '', MountFlag.bind | MountFlag.remount | MountFlag.readonly);
    return;
  }
  const absolute = options(directories, marks, `${root}/`);
  const flags = writable === undefined ? MountFlag.readonly : 0;
  if (Buffer.byteLength(absolute) <= MOST_OPTIONS) {
    mount('overlay', target, 'overlay', flags, absolute);
    return;
  }
  const relative = options(directories, marks, '');
  if (Buffer.byteLength(relative) > MOST_OPTIONS) {
    throw unsupported({
      code: 'too-many-layers',
      message: `the image has ${lower.length} layers, more than the kernel's overlay can stack: build it from fewer`,
    });
  }
  const before = cwd();
  // The kernel resolves relative names at once, and nothing else runs in between.
  chdir(root);
  try {
    mount('overlay', target, 'overlay', flags, relative);
  } finally {
    chdir(before);
  }
}

function options({ lower, writable }: OverlayDirectories, marks: OverlayMarks, prefix: string): string {
  const path = (name: string): string => escapeOption(`${prefix}${name}`);
  const parts = [`lowerdir=${lower.map(path).join(':')}`];
  if (writable !== undefined) parts.push(`upperdir=${path(writable.upper)}`, `workdir=${path(writable.work)}`);
  // Each of these would keep something in an upper directory that no layer can carry; `userxattr` forbids two of them.
  parts.push('index=off', ...(marks === 'user' ? ['userxattr'] : ['redirect_dir=off', 'metacopy=off']));
  return parts.join(',');
}

/** Overlay's own separators, escaped as it asks for. */
function escapeOption(path: string): string {
  return path.replace(/[\\:,]/g, '\\$&');
}
