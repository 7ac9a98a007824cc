import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from '../errors.ts';
import type { SandboxSpec } from './sandbox.ts';

/** A device of the host's that a container is to have. */
export interface HostDevice {
  readonly type: 'c' | 'b';
  readonly pathOnHost: string;
  readonly pathInContainer: string;
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
}

const S_IFMT = 0o170000;
const S_IFBLK = 0o060000;

/** Looks up the wanted devices on the host; a privileged container gets all. Error: EngineError `invalid` for what is no device. */
export async function findDevices(spec: Pick<SandboxSpec, 'devices' | 'privileged'>): Promise<HostDevice[]> {
  const wanted = await Promise.all(
    spec.devices.map(async ({ pathOnHost, pathInContainer }) => {
      const device = await inspectDevice(pathOnHost, pathInContainer);
      if (device === undefined) {
        throw invalid({
          code: 'device-not-found',
          message: `error gathering device information while adding custom device "${pathOnHost}": not a device node`,
          subject: pathOnHost,
        });
      }
      return device;
    }),
  );
  return spec.privileged ? [...(await hostDevices('/dev')), ...wanted] : wanted;
}

/** All device nodes of the host, without terminals and shared memory, which every container has of its own. */
async function hostDevices(folder: string): Promise<HostDevice[]> {
  const skipped = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev', 'console', 'ptmx']);
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry): Promise<HostDevice[]> => {
      const path = join(folder, entry.name);
      if (skipped.has(entry.name)) return [];
      if (entry.isDirectory()) return hostDevices(path);
      const device = entry.isCharacterDevice() || entry.isBlockDevice() ? await inspectDevice(path, path) : undefined;
      return device === undefined ? [] : [device];
    }),
  );
  return found.flat();
}

async function inspectDevice(pathOnHost: string, pathInContainer: string): Promise<HostDevice | undefined> {
  try {
    const info = await stat(pathOnHost);
    if (!info.isCharacterDevice() && !info.isBlockDevice()) return undefined;
    return {
      type: (info.mode & S_IFMT) === S_IFBLK ? 'b' : 'c',
      pathOnHost,
      pathInContainer,
      major: deviceMajor(info.rdev),
      minor: deviceMinor(info.rdev),
      fileMode: info.mode & 0o7777,
      uid: info.uid,
      gid: info.gid,
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Major number of a `dev_t` as glibc packs it. */
export function deviceMajor(rdev: number): number {
  const bits = BigInt(rdev);
  return Number(((bits >> 8n) & 0xfffn) | ((bits >> 32n) & ~0xfffn));
}

/** Minor number of a `dev_t` as glibc packs it. */
export function deviceMinor(rdev: number): number {
  const bits = BigInt(rdev);
  return Number((bits & 0xffn) | ((bits >> 12n) & ~0xffn & 0xffffffffn));
}
