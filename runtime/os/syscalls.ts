import { constants } from 'node:os';
import koffi from 'koffi';
import { EngineError, type ErrorKind } from '../errors.ts';

const libc = koffi.load(null);
const c = {
  mount: libc.func(
    'int mount(const uint8_t *source, const uint8_t *target, const uint8_t *type, unsigned long flags, const uint8_t *data)',
  ),
  umount2: libc.func('int umount2(const uint8_t *target, int flags)'),
  mknod: libc.func('int mknod(const uint8_t *path, uint32_t mode, uint64_t device)'),
  lsetxattr: libc.func(
    'int lsetxattr(const uint8_t *path, const uint8_t *name, const uint8_t *value, size_t size, int flags)',
  ),
  lgetxattr: libc.func(
    'ssize_t lgetxattr(const uint8_t *path, const uint8_t *name, _Out_ uint8_t *value, size_t size)',
  ),
  llistxattr: libc.func('ssize_t llistxattr(const uint8_t *path, _Out_ uint8_t *list, size_t size)'),
};

/** Flags of mount(2). */
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

/** Lets a busy mount go: it disappears from the tree at once, and for good with its last user. */
export const DETACH = 2;

const ERRNO_NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** A system call that failed, with the kernel's errno (`ENOENT`, `EPERM`). */
export class SyscallError extends EngineError {
  readonly errno: string;

  constructor(
    readonly syscall: string,
    number: number,
    readonly path: string,
  ) {
    const errno = ERRNO_NAMES.get(number) ?? String(number);
    super(kindOf(errno), { code: 'syscall-failed', message: `${syscall} ${path}: ${errno}`, subject: path });
    this.errno = errno;
  }
}

function kindOf(errno: string): ErrorKind {
  if (errno === 'ENOENT') return 'not-found';
  if (errno === 'EPERM' || errno === 'EACCES') return 'forbidden';
  return 'internal';
}

function text(value: string | Buffer): Buffer {
  return Buffer.concat([typeof value === 'string' ? Buffer.from(value) : value, Buffer.of(0)]);
}

function check(result: number | bigint, syscall: string, path: string | Buffer): number {
  if (Number(result) < 0) throw new SyscallError(syscall, koffi.errno(), path.toString());
  return Number(result);
}

/** Mounts (mount(2)); `flags` of MountFlag, `data` as the file system takes it. */
export function mount(source: string, target: string, type: string, flags: number, data = ''): void {
  check(c.mount(text(source), text(target), text(type), flags, text(data)), 'mount', target);
}

/** Unmounts (umount2(2)); `flags` may be DETACH. */
export function unmount(target: string, flags = 0): void {
  check(c.umount2(text(target), flags), 'umount', target);
}

/** Makes a device, FIFO or socket node (mknod(2)); `mode` holds type and permissions. */
export function makeNode(path: string | Buffer, mode: number, major: number, minor: number): void {
  check(c.mknod(text(path), mode, deviceNumber(major, minor)), 'mknod', path);
}

/** The kernel's encoding of a device number in 64 bits (makedev(3)). */
export function deviceNumber(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn);
}

/** Splits what stat(2) gives as `rdev` into major and minor. */
export function deviceParts(device: number): { readonly major: number; readonly minor: number } {
  const value = BigInt(device);
  return {
    major: Number(((value >> 32n) & 0xfffff000n) | ((value >> 8n) & 0xfffn)),
    minor: Number(((value >> 12n) & 0xffffff00n) | (value & 0xffn)),
  };
}

/** Sets an extended attribute of a path itself, never of what a link points to (lsetxattr(2)). */
export function setAttribute(path: string | Buffer, name: string, value: Uint8Array): void {
  const bytes = value.length > 0 ? Buffer.from(value) : Buffer.alloc(1);
  check(c.lsetxattr(text(path), text(name), bytes, value.length, 0), 'setxattr', path);
}

/** Gives an extended attribute, or undefined where the path has none of that name. */
export function getAttribute(path: string | Buffer, name: string): Buffer | undefined {
  const value = Buffer.alloc(64 * 1024);
  const size = Number(c.lgetxattr(text(path), text(name), value, value.length));
  if (size >= 0) return Buffer.from(value.subarray(0, size));
  const errno = ERRNO_NAMES.get(koffi.errno());
  if (errno === 'ENODATA' || errno === 'ENOTSUP' || errno === 'EOPNOTSUPP') return undefined;
  throw new SyscallError('getxattr', koffi.errno(), path.toString());
}

/** Names of a path's extended attributes; none where the file system has no such thing. */
export function listAttributes(path: string | Buffer): string[] {
  const size = Number(c.llistxattr(text(path), null, 0));
  if (size === 0) return [];
  if (size < 0) {
    const errno = ERRNO_NAMES.get(koffi.errno());
    if (errno === 'ENOTSUP' || errno === 'EOPNOTSUPP') return [];
    throw new SyscallError('listxattr', koffi.errno(), path.toString());
  }
  const list = Buffer.alloc(size + 4096);
  const got = check(c.llistxattr(text(path), list, list.length), 'listxattr', path);
  return list
    .subarray(0, got)
    .toString('utf8')
    .split('\0')
    .filter((name) => name !== '');
}
