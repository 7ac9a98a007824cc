import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Surface } from './command.ts';
import type { EngineClient } from './engine-client.ts';
import { FrameReader } from './frame-reader.ts';
import { UsageError } from './usage-error.ts';

/** How a container's or an exec's streams are joined to this terminal. */
export interface Joining {
  readonly tty: boolean;
  readonly stdin: boolean;
  /** `/containers/x` or `/exec/x`: told of the terminal's size. */
  readonly resizePath: string;
}

/** Error: UsageError where a tty is wanted and stdin is none. */
export function requireTty(surface: Surface, { tty, stdin }: { readonly tty: boolean; readonly stdin: boolean }): void {
  if (tty && stdin && surface.stdin.isTTY !== true) throw new UsageError('the input device is not a TTY');
}

/** Joins this terminal to a hijacked stream until its output ends. */
export async function joinStreams(
  surface: Surface,
  engine: EngineClient,
  stream: Duplex,
  { tty, stdin, resizePath }: Joining,
): Promise<void> {
  const raw = tty && stdin && surface.stdin.isTTY === true;
  const resize = (): void => void tellSize(surface, engine, resizePath);
  if (raw) surface.stdin.setRawMode?.(true);
  if (tty) surface.stdout.on('resize', resize);
  if (stdin) surface.stdin.pipe(stream);
  else stream.end();
  try {
    const output = tty ? stream : stream.pipe(new FrameReader(surface.stdout, surface.stderr));
    if (tty) stream.pipe(surface.stdout, { end: false });
    else output.resume();
    await finished(output, { writable: false });
  } finally {
    surface.stdin.unpipe(stream);
    surface.stdin.pause();
    if (raw) surface.stdin.setRawMode?.(false);
    surface.stdout.off('resize', resize);
    stream.destroy();
  }
}

/** Tells the engine how large this terminal is. What has ended meanwhile needs no size. */
export async function tellSize(surface: Surface, engine: EngineClient, path: string): Promise<void> {
  const { rows, columns } = surface.stdout;
  if (rows === undefined || columns === undefined) return;
  try {
    await engine.empty('POST', `${path}/resize`, { query: { h: rows, w: columns } });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}
