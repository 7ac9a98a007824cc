import type { Readable, Writable } from 'node:stream';
import type { ChildExit } from '../os/child-exit.ts';
import type { ProcessSpec } from './sandbox.ts';

/** A command that starts a sandbox's process and then ends, such as an OCI runtime's. */
export interface HeldCommand {
  readonly args: readonly string[];
  /** What the process gets: streams or a terminal. */
  readonly process: ProcessSpec;
  /** Descriptors that the command gets from 3 on; the caller closes its own. */
  readonly fds?: readonly number[];
  /** Where the command leaves the process's id, where it does. */
  readonly pidFile?: string;
  /** Folder of the process's control group with the count of kills for lack of memory, where its end is to tell of them. */
  readonly memory?: string | undefined;
}

/** A process that has been started, with our ends of its streams. */
export interface HeldProcess {
  /** In the daemon's pid namespace. */
  readonly pid: number;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable | undefined;
  resize(rows: number, cols: number): void;
  /** Whether the streams are to carry the output; on from the beginning where undefined. */
  readonly listen?: ((whether: 'on' | 'off') => void) | undefined;
  /** Resolves when the process has ended; never rejects. */
  readonly ended: Promise<ChildExit>;
}

/** A command that has been started. */
export interface Beginning {
  /** How it ended; `stderr` where that is not the process's. Rejects where it cannot be started. */
  readonly command: Promise<{ readonly exitCode: number; readonly stderr: string }>;
  /** Holds the process from now on; the command is ended where it is still there. */
  take(pid: number): Promise<HeldProcess>;
  /** Ends the command and gives all back, where the process did not come to be. */
  abandon(): Promise<void>;
}

/** Who makes the streams of a process, holds their ends and waits for its end: the daemon itself, or a keeper. */
export interface Holder {
  /** Working folder of the command, absolute. */
  readonly folder: string;
  /** Name of the socket in it to which a terminal's master is sent. */
  readonly consoleName: string;
  begin(command: HeldCommand, signal?: AbortSignal): Promise<Beginning>;
}
