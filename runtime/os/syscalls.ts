import { hasErrno } from './errno.ts';
import { cString, libcFunction, type RawPath, showPath } from './libc.ts';

const libc = {
  mount: libcFunction(
    'mount',
    'int mount(const void *source, const void *target, const void *type, unsigned long flags, const void *data)',
  ),
  umount2: libcFunction('umount', 'int umount2(const void *target, int flags)'),
  mknod: libcFunction('mknod', 'int mknod(const void *path, unsigned int mode, uint64_t device)'),
  prctl: libcFunction(
    'prctl',
    'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
  ),
  unshare: libcFunction('unshare', 'int unshare(int flags)'),
  setns: libcFunction('setns', 'int setns(int fd, int type)'),
  waitpid: libcFunction('waitpid', 'int waitpid(int pid, _Out_ int *status, int options)'),
  flock: libcFunction('flock', 'int flock(int fd, int operation)'),
  lseek: libcFunction('lseek', 'int64_t lseek(int fd, int64_t offset, int whence)'),
  utimensat: libcFunction('utimensat', 'int utimensat(int fd, const void *path, const void *times, int flags)'),
};

/** Flags of `mount` (linux/mount.h). */
export const MountFlag = {
  readonly: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  remount: 32,
  bind: 4096,
  recursive: 16384,
  private: 1 << 18,
  slave: 1 << 19,
} as const;

/** For `unmount`: the mount leaves the tree at once, and ends with its last user (MNT_DETACH). */
export const DETACH = 2;

/** mount(2). `flags` is a sum of `MountFlag`s. Errors: SystemCallError, of kind `forbidden` without the privilege. */
export function mount(source: RawPath, target: RawPath, type: string, flags = 0, data: RawPath = ''): void {
  libc.mount(showPath(target), cString(source), cString(target), cString(type), flags, cString(data));
}

/** umount2(2); `flags` may be DETACH. */
export function unmount(target: RawPath, flags = 0): void {
  libc.umount2(showPath(target), cString(target), flags);
}

/** Bits of a file's type in its mode. */
export const FileType = { fifo: 0o010000, character: 0o020000, block: 0o060000, socket: 0o140000 } as const;

/** A device's number in its two parts. */
export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

/** mknod(2): a device, FIFO or socket. `mode` is type and permissions; the umask applies. */
export function mknod(path: RawPath, mode: number, device: DeviceNumber): void {
  libc.mknod(showPath(path), cString(path), mode, encodeDevice(device));
}

/** A device number in the kernel's 64 bits (makedev(3)). */
export function encodeDevice({ major, minor }: DeviceNumber): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn);
}

/** The parts of what `stat` gives as `rdev` (makedev(3)). */
export function decodeDevice(device: number | bigint): DeviceNumber {
  const d = BigInt(device);
  return {
    major: Number(((d >> 32n) & 0xfffff000n) | ((d >> 8n) & 0xfffn)),
    minor: Number(((d >> 12n) & 0xffffff00n) | (d & 0xffn)),
  };
}

/** prctl(2); gives its result. */
export function prctl(option: number, a = 0, b = 0, c = 0, d = 0): number {
  return libc.prctl(String(option), option, a, b, c, d);
}

/** Namespace types (linux/sched.h), for `unshare` and `setns`. */
export const Namespace = {
  mount: 0x00020000,
  cgroup: 0x02000000,
  uts: 0x04000000,
  ipc: 0x08000000,
  user: 0x10000000,
  pid: 0x20000000,
  network: 0x40000000,
} as const;

/** unshare(2) of the calling thread, which is Node's main thread. */
export function unshare(flags: number): void {
  libc.unshare('', flags);
}

/** setns(2) of the calling thread, which is Node's main thread, into the namespace of an open file. */
export function setns(fd: number, type: number): void {
  libc.setns(String(fd), fd, type);
}

/** waitpid(2) without waiting: undefined while the child runs. `status` is the raw wait status. */
export function waitpidNoHang(pid: number): { readonly status: number } | undefined {
  const status = [0];
  return libc.waitpid(String(pid), pid, status, 1) === 0 ? undefined : { status: status[0]! };
}

/** flock(2) without waiting; fails with EAGAIN where another process holds it. Ends with the open file. */
export function lockFile(fd: number): void {
  libc.flock(String(fd), fd, 2 | 4);
}

/** Sets access and modification time, of a symbolic link itself. Nanoseconds since the epoch, may be negative. */
export function setTimes(path: RawPath, accessed: bigint, modified: bigint): void {
  const times = Buffer.alloc(32);
  for (const [at, time] of [accessed, modified].entries()) {
    const rest = ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
    times.writeBigInt64LE((time - rest) / 1_000_000_000n, at * 16);
    times.writeBigInt64LE(rest, at * 16 + 8);
  }
  libc.utimensat(showPath(path), -100, cString(path), times, 0x100);
}

/**
 * The next stretch of an open file that holds data, from `offset` on; undefined where only a hole is left (lseek(2)). A file
 * system without holes says that all is data.
 */
export function nextData(fd: number, offset: number): { readonly from: number; readonly to: number } | undefined {
  try {
    const from = libc.lseek(String(fd), fd, offset, SEEK_DATA);
    return { from, to: libc.lseek(String(fd), fd, from, SEEK_HOLE) };
  } catch (error) {
    if (hasErrno(error, 'ENXIO')) return undefined;
    throw error;
  }
}

const SEEK_DATA = 3;
const SEEK_HOLE = 4;
