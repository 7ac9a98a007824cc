import { stat } from 'node:fs/promises';
import type { HostConfig } from '../../protocol/engine/host-config.ts';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { decodeDevice } from '../os/syscalls.ts';
import type { BlockIoKind, BlockIoLimit } from '../sandbox/sandbox.ts';

const FIELDS = {
  readBps: 'BlkioDeviceReadBps',
  writeBps: 'BlkioDeviceWriteBps',
  readIops: 'BlkioDeviceReadIOps',
  writeIops: 'BlkioDeviceWriteIOps',
} as const satisfies Record<BlockIoKind, keyof HostConfig>;

/** The part of a HostConfig that limits how fast devices are read and written. */
export type BlockIoFields = Pick<HostConfig, (typeof FIELDS)[BlockIoKind]>;

/** Whether any device is limited. */
export function limitsBlockIo(host: BlockIoFields): boolean {
  return Object.values(FIELDS).some((field) => host[field].length > 0);
}

/** The limits of devices, found by their paths on the host. Error: EngineError `invalid` for what is no block device. */
export async function blockIoLimits(host: BlockIoFields): Promise<BlockIoLimit[]> {
  const all = Object.entries(FIELDS).flatMap(([kind, field]) =>
    host[field].map(async ({ Path, Rate }) => ({ kind: kind as BlockIoKind, ...(await deviceAt(Path)), rate: Rate })),
  );
  return Promise.all(all);
}

async function deviceAt(path: string): Promise<{ readonly major: number; readonly minor: number }> {
  try {
    const found = await stat(path, { bigint: true });
    if (found.isBlockDevice()) return decodeDevice(found.rdev);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw noDevice(path, 'no such file or directory');
  }
  throw noDevice(path, 'not a block device');
}

function noDevice(path: string, why: string) {
  return invalid({ code: 'block-device', message: `cannot limit the block I/O of ${path}: ${why}`, subject: path });
}
