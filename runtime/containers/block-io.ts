import { readFile, stat } from 'node:fs/promises';
import type { HostConfig } from '../../protocol/engine/host-config.ts';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { decodeDevice } from '../os/syscalls.ts';
import type { BlockIoKind, BlockIoLimit, BlockIoWeight } from '../sandbox/sandbox.ts';

const FIELDS = {
  readBps: 'BlkioDeviceReadBps',
  writeBps: 'BlkioDeviceWriteBps',
  readIops: 'BlkioDeviceReadIOps',
  writeIops: 'BlkioDeviceWriteIOps',
} as const satisfies Record<BlockIoKind, keyof HostConfig>;

/** The part of a HostConfig that limits how fast devices are read and written. */
export type BlockIoFields = Pick<HostConfig, (typeof FIELDS)[BlockIoKind]>;
/** The part that shares their time. */
export type BlockIoWeightFields = Pick<HostConfig, 'BlkioWeightDevice'>;

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

/** The shares of devices' time that can be had, and the paths of devices that have no scheduler for it. */
export interface DeviceWeights {
  readonly weights: readonly BlockIoWeight[];
  readonly discarded: readonly string[];
}

/** Shares of time are kept by the scheduler BFQ, where a device has it. Error: as `blockIoLimits`. */
export async function blockIoWeights({ BlkioWeightDevice }: BlockIoWeightFields): Promise<DeviceWeights> {
  const weights: BlockIoWeight[] = [];
  const discarded: string[] = [];
  for (const { Path, Weight } of BlkioWeightDevice) {
    const device = await deviceAt(Path);
    if (await hasBfq(device)) weights.push({ ...device, weight: Weight });
    else discarded.push(Path);
  }
  return { weights, discarded };
}

async function hasBfq({ major, minor }: { readonly major: number; readonly minor: number }): Promise<boolean> {
  try {
    return (await readFile(`/sys/dev/block/${major}:${minor}/queue/scheduler`, 'utf8')).includes('[bfq]');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
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
