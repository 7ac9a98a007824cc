import { closeSync, openSync } from 'node:fs';
import { connectConsole, sendConsole } from '../../os/console-socket.ts';
import { hasErrno } from '../../os/errno.ts';
import { libcFunction } from '../../os/libc.ts';
import { MountFlag, mount } from '../../os/syscalls.ts';
import type { ProcessSpec } from '../sandbox.ts';
import { makeMountPoint } from './resolve-in-root.ts';

const ioctlBytes = libcFunction('ioctl', 'int ioctl(int fd, unsigned long request, const uint8_t *argument)');
const ioctlNumber = libcFunction('ioctl', 'int ioctl(int fd, unsigned long request, unsigned long argument)');
const setsid = libcFunction('setsid', 'int setsid()');
const dup2 = libcFunction('dup2', 'int dup2(int from, int to)');
const fchown = libcFunction('fchown', 'int fchown(int fd, uint32_t uid, uint32_t gid)');
const [TIOCSCTTY, TIOCSPTLCK, TIOCGPTPEER, TIOCGPTN, TIOCSWINSZ] = [0x540e, 0x40045431, 0x5441, 0x80045430, 0x5414];
const O_RDWR_NOCTTY = 0o402;

/** Connects to the daemon's console socket while its path can still be seen. */
export function connectTerminal(path: string): number {
  return connectConsole(path);
}

/** A session of its own, without a terminal. */
export function newSession(): void {
  try {
    setsid('session');
  } catch (error) {
    // It leads one already.
    if (!hasErrno(error, 'EPERM')) throw error;
  }
}

/** Makes a terminal of the container's own devpts, sends its master to the daemon, and takes the other side as stdio; gives its path. */
export function takeTerminal(connection: number, spec: ProcessSpec): string {
  const master = openSync('/dev/pts/ptmx', O_RDWR_NOCTTY);
  ioctlBytes('unlock terminal', master, TIOCSPTLCK, Buffer.alloc(4));
  const number = Buffer.alloc(4);
  ioctlBytes('number of terminal', master, TIOCGPTN, number);
  const slave = ioctlNumber('open terminal', master, TIOCGPTPEER, O_RDWR_NOCTTY);
  if (spec.consoleSize !== undefined) {
    const size = Buffer.alloc(8);
    size.writeUInt16LE(spec.consoleSize.rows, 0);
    size.writeUInt16LE(spec.consoleSize.cols, 2);
    ioctlBytes('size terminal', master, TIOCSWINSZ, size);
  }
  sendConsole(connection, master);
  closeSync(master);
  fchown('terminal', slave, spec.user.uid, 0xffffffff);
  ioctlNumber('controlling terminal', slave, TIOCSCTTY, 0);
  for (const fd of [0, 1, 2]) dup2('stdio', slave, fd);
  closeSync(slave);
  return `/dev/pts/${number.readUInt32LE(0)}`;
}

/** The first process's terminal is the container's console, too (OCI runtime-spec config-linux.md, Default Devices). */
export function showConsole(terminal: string): void {
  const console = '/dev/console';
  makeMountPoint(console, 'file');
  mount(terminal, console, '', MountFlag.bind);
}
