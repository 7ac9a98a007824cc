import type { Readable, Writable } from 'node:stream';
import type { Exit, SandboxProcess } from './sandbox.ts';

/** A process that a driver has started, before anybody waits for it. */
export interface StartedProcess {
  /** In the daemon's pid namespace. */
  readonly pid: number;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable | undefined;
  resize(rows: number, cols: number): void;
}

/** The process as the seam shows it. */
export function sandboxProcess(started: StartedProcess, exited: Promise<Exit>): SandboxProcess {
  const { pid, stdin, stdout, stderr } = started;
  return { pid, stdin, stdout, stderr, exited, resize: (rows, cols) => started.resize(rows, cols) };
}
