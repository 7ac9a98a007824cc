import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from '../../errors.ts';
import type { DeviceRule, SandboxSpec } from '../sandbox.ts';

/** A device node to make in the container (runtime-spec config-linux.md, Devices). */
export interface RuntimeDevice {
  readonly type: 'c' | 'b';
  readonly path: string;
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
}

const S_IFMT = 0o170000;
const S_IFBLK = 0o060000;

/** Looks up the wanted devices on the host; a privileged container gets all. */
export async function findDevices(spec: SandboxSpec): Promise<RuntimeDevice[]> {
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
async function hostDevices(folder: string): Promise<RuntimeDevice[]> {
  const skipped = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev', 'console']);
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry): Promise<RuntimeDevice[]> => {
      const path = join(folder, entry.name);
      if (skipped.has(entry.name)) return [];
      if (entry.isDirectory()) return hostDevices(path);
      const device = entry.isCharacterDevice() || entry.isBlockDevice() ? await inspectDevice(path, path) : undefined;
      return device === undefined ? [] : [device];
    }),
  );
  return found.flat();
}

async function inspectDevice(path: string, inContainer: string): Promise<RuntimeDevice | undefined> {
  try {
    const info = await stat(path);
    if (!info.isCharacterDevice() && !info.isBlockDevice()) return undefined;
    return {
      type: (info.mode & S_IFMT) === S_IFBLK ? 'b' : 'c',
      path: inContainer,
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

/** What the device controller lets through: Docker's default list and the wanted devices. */
export function deviceRules(
  privileged: boolean,
  wanted: SandboxSpec['devices'],
  found: readonly RuntimeDevice[],
): DeviceRule[] {
  if (privileged) return [{ allow: true, access: 'rwm' }];
  const character = (major: number, minor: number | undefined, access = 'rwm'): DeviceRule => ({
    allow: true,
    type: 'c',
    major,
    ...(minor === undefined ? {} : { minor }),
    access,
  });
  return [
    { allow: false, access: 'rwm' },
    // Any node may be made, none but these may be opened.
    { allow: true, type: 'c', access: 'm' },
    { allow: true, type: 'b', access: 'm' },
    character(1, 3),
    character(1, 5),
    character(1, 7),
    character(1, 8),
    character(1, 9),
    character(5, 0),
    character(5, 1),
    character(5, 2),
    character(136, undefined),
    ...wanted.flatMap(({ pathInContainer, permissions }): DeviceRule[] => {
      const device = found.find((each) => each.path === pathInContainer);
      if (device === undefined) return [];
      return [
        { allow: true, type: device.type, major: device.major, minor: device.minor, access: permissions || 'rwm' },
      ];
    }),
  ];
}
