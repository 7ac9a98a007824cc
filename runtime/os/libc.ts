import { constants } from 'node:os';
import koffi from 'koffi';
import { EngineError, type ErrorKind } from '../errors.ts';

/** A path as the kernel takes it: names need not be UTF-8. */
export type RawPath = string | Uint8Array;

/** A system call that failed. `errnoName` is the kernel's reason, as `ENOENT`. */
export class SystemCallError extends EngineError {
  readonly errnoName: string;

  constructor(
    readonly syscall: string,
    readonly errno: number,
    subject?: string,
  ) {
    const errnoName = nameOf(errno);
    const object = subject === undefined ? '' : ` ${subject}`;
    super(KINDS[errnoName] ?? 'internal', {
      code: `${syscall}-failed`,
      message: `${syscall}${object}: ${errnoName}`,
      subject,
    });
    this.errnoName = errnoName;
  }
}

const KINDS: Readonly<Record<string, ErrorKind>> = {
  ENOENT: 'not-found',
  ESRCH: 'not-found',
  ENODATA: 'not-found',
  EEXIST: 'conflict',
  EBUSY: 'conflict',
  EPERM: 'forbidden',
  EACCES: 'forbidden',
  ENOSYS: 'unsupported',
  EOPNOTSUPP: 'unsupported',
  ENODEV: 'unsupported',
};

function nameOf(errno: number): string {
  for (const [name, value] of Object.entries(constants.errno)) if (value === errno) return name;
  return `errno ${errno}`;
}

type Argument = string | number | bigint | Uint8Array | number[] | (string | null)[] | null;

/** Binds a function of the C library at its first call, so that starting costs nothing. Fails where the result is -1. */
export function libcFunction(name: string, prototype: string): (subject: string, ...args: Argument[]) => number {
  let bound: ((...args: Argument[]) => number | bigint) | undefined;
  return (subject, ...args) => {
    bound ??= koffi.load(null).func(prototype) as (...args: Argument[]) => number | bigint;
    const result = Number(bound(...args));
    if (result === -1) throw new SystemCallError(name, koffi.errno(), subject);
    return result;
  };
}

/** The path as a NUL-terminated C string. */
export function cString(path: RawPath): Buffer {
  const bytes = typeof path === 'string' ? Buffer.from(path) : path;
  const out = Buffer.alloc(bytes.length + 1);
  out.set(bytes);
  return out;
}

/** The path as messages show it. */
export function showPath(path: RawPath): string {
  return typeof path === 'string' ? path : Buffer.from(path).toString();
}
