import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostConfig } from '../../protocol/engine/host-config.ts';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import type { SandboxSpec } from '../sandbox/sandbox.ts';

type WantedDevice = SandboxSpec['devices'][number];

/**
 * The devices of `--device`, and of a folder the device nodes below it, as Docker takes them. Error: EngineError `invalid`
 * for a path that is not there; what is no device, the sandbox refuses.
 */
export async function wantedDevices(devices: HostConfig['Devices']): Promise<WantedDevice[]> {
  const found = await Promise.all(
    devices.map(async ({ PathOnHost: pathOnHost, PathInContainer, CgroupPermissions }) => {
      const pathInContainer = PathInContainer || pathOnHost;
      const device = { pathOnHost, pathInContainer, permissions: CgroupPermissions || 'rwm' };
      if (!(await isFolder(pathOnHost))) return [device];
      const inside = await devicesBelow(device);
      if (inside.length > 0) return inside;
      throw bad(pathOnHost, 'not a device node');
    }),
  );
  return found.flat();
}

async function devicesBelow(folder: WantedDevice): Promise<WantedDevice[]> {
  const entries = await readdir(folder.pathOnHost, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry): Promise<WantedDevice[]> => {
      const [pathOnHost, pathInContainer] = [
        join(folder.pathOnHost, entry.name),
        join(folder.pathInContainer, entry.name),
      ];
      const inside = { ...folder, pathOnHost, pathInContainer };
      if (entry.isDirectory()) return devicesBelow(inside);
      return entry.isCharacterDevice() || entry.isBlockDevice() ? [inside] : [];
    }),
  );
  return found.flat();
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) throw bad(path, 'no such file or directory');
    throw error;
  }
}

function bad(path: string, why: string) {
  return invalid({
    code: 'device-not-found',
    message: `error gathering device information while adding custom device "${path}": ${why}`,
    subject: path,
  });
}
