import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import { PassThrough, type Readable, Writable } from 'node:stream';
import koffi from 'koffi';
import { internal } from '../errors.ts';
import { hasErrno } from './errno.ts';

const libc = koffi.load(null);
const ioctlWinsize = libc.func('int ioctl(int fd, unsigned long request, const uint16_t *size)');
const TIOCSWINSZ = 0x5414;

/** The daemon's side of a terminal. */
export interface Pty {
  /** Everything the terminal shows; ends when the last process has closed the other side. */
  readonly output: Readable;
  /** What is typed. Ending it leaves the terminal open, as hanging up a keyboard would. */
  readonly input: Writable;
  resize(rows: number, cols: number): void;
  /** Hangs up: the processes on the terminal get SIGHUP. */
  close(): void;
}

/** Takes over the master side of a pseudo-terminal. */
export function openPty(master: number): Pty {
  // Half open: the descriptor stays until the rest has been read.
  const options = { handle: pipeHandle(master), allowHalfOpen: true };
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  const output = new PassThrough();
  let open = true;
  socket.on('data', (chunk) => {
    if (!output.write(chunk)) socket.pause();
  });
  output.on('drain', () => socket.resume());
  output.on('close', () => socket.resume());
  // Linux answers EIO once nobody holds the other side: that is the end of a terminal.
  socket.on('error', () => output.end());
  socket.on('end', () => {
    for (const chunk of rest(master)) output.write(chunk);
    socket.destroy();
  });
  socket.on('close', () => {
    open = false;
    output.end();
  });
  const input = new Writable({
    write(chunk, _encoding, done) {
      if (open) socket.write(chunk, () => done());
      else done();
    },
  });
  return {
    output,
    input,
    resize(rows, cols) {
      if (open) ioctlWinsize(master, TIOCSWINSZ, [clamp(rows), clamp(cols), 0, 0]);
    },
    close: () => socket.destroy(),
  };
}

/**
 * What a terminal still holds once it has been hung up. Node takes the hang-up for the end as soon as a read gives less than
 * was asked for, but a terminal gives no more than 4 KiB at once.
 */
function* rest(master: number): Generator<Buffer> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(4096);
    const length = readSome(master, chunk);
    if (length === 0) return;
    yield chunk.subarray(0, length);
  }
}

function readSome(fd: number, into: Buffer): number {
  try {
    return readSync(fd, into);
  } catch (error) {
    if (hasErrno(error, 'EIO', 'EAGAIN')) return 0;
    throw error;
  }
}

function clamp(size: number): number {
  return Math.max(0, Math.min(0xffff, Math.trunc(size)));
}

/**
 * A stream handle over the descriptor. `tty.ReadStream` would write synchronously to a master, and so stop the whole
 * daemon when a program does not read its terminal; a pipe handle is non-blocking both ways. Node reaches it only through
 * `process.binding`, which all versions from 20 on carry.
 */
function pipeHandle(fd: number): unknown {
  const { binding } = process as unknown as {
    binding(name: 'pipe_wrap'): {
      readonly Pipe: new (type: number) => { open(fd: number): number };
      readonly constants: { readonly SOCKET: number };
    };
  };
  const { Pipe, constants } = binding('pipe_wrap');
  const handle = new Pipe(constants.SOCKET);
  const problem = handle.open(fd);
  if (problem) throw internal({ code: 'pty-failed', message: `cannot use a terminal: error ${problem}` });
  return handle;
}
