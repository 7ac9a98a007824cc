import { Socket } from 'node:net';
import { PassThrough, type Readable, Writable } from 'node:stream';
import koffi from 'koffi';
import { internal } from '../errors.ts';

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
  const socket = new Socket({ handle: pipeHandle(master) } as ConstructorParameters<typeof Socket>[0]);
  const output = new PassThrough();
  let open = true;
  socket.on('data', (chunk) => {
    if (!output.write(chunk)) socket.pause();
  });
  output.on('drain', () => socket.resume());
  output.on('close', () => socket.resume());
  // Linux answers EIO once nobody holds the other side: that is the end of a terminal.
  socket.on('error', () => output.end());
  socket.on('end', () => output.end());
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
