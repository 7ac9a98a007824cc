import { type EngineError, invalid } from '../errors.ts';

const KNOWN = new Set(['type', 'o', 'device', 'size']);
/** What an option needs beside it, as dockerd says it. */
const NEEDS: readonly (readonly [string, readonly string[]])[] = [
  ['device', ['type']],
  ['type', ['device']],
  ['o', ['device', 'type']],
];

/** What the local driver mounts where a volume is used: the arguments of mount(8). */
export interface VolumeMount {
  readonly type: string;
  readonly device: string;
  /** Comma-separated, as in fstab. */
  readonly options: string;
}

/**
 * Checks the options of a local volume (`docker volume create -o`), as dockerd does: without looking at whether what they
 * name is there. Error: EngineError `invalid`, for `size` too: no file system here has quotas for folders.
 */
export function checkLocalOptions(volume: string, options: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name)) throw bad(volume, `invalid option: "${name}"`);
  }
  for (const [name, others] of NEEDS) {
    const missing = name in options ? others.find((other) => !(other in options)) : undefined;
    if (missing !== undefined) throw bad(volume, `missing required option: "${missing}"`);
  }
  const { size } = options;
  if (size === undefined) return;
  if (!/^\d+(\.\d+)? ?([kmgtp]i?b?|b)?$/i.test(size)) throw bad(volume, `invalid size: '${size}'`);
  if (Number.parseFloat(size) > 0) throw bad(volume, 'quota size requested but no quota support');
}

/** What is to be mounted for a volume of these options; undefined where it is a plain folder. */
export function mountOfOptions(options: Readonly<Record<string, string>> | null): VolumeMount | undefined {
  const { type = '', device = '', o = '' } = options ?? {};
  return type === '' && device === '' ? undefined : { type, device, options: o };
}

/** Whether what is written into a volume is gone when the last container that has it mounted ends. */
export function isPassing({ type }: VolumeMount): boolean {
  return type === 'tmpfs' || type === 'ramfs';
}

function bad(volume: string, why: string): EngineError {
  return invalid({ code: 'volume-options-invalid', message: `create ${volume}: ${why}`, subject: volume });
}
