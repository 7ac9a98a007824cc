import type { Readable, Writable } from 'node:stream';
import type { ShellReader } from '../../core/shell/shell-script.ts';
import type { ShellChecker } from '../../core/shellcheck/shell-checker.ts';
import type { Arguments, Options } from './arguments.ts';
import type { EngineClient } from './engine-client.ts';

/** What a command works with. */
export interface Surface {
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  /** The folder that paths are relative to, absolute. */
  readonly folder: string;
  /** Folder of the bundled programs. */
  readonly programs: string;
  /** Aborted by the first Ctrl-C, unless the command takes signals itself. */
  readonly signal: AbortSignal;
  /** Reads the shell in RUN. */
  shell(): Promise<ShellReader>;
  /** Asks ShellCheck, where it is installed. */
  shellChecker(): ShellChecker;
  /** The engine, started where it does not run. */
  engine(): Promise<EngineClient>;
}

/** One command of `lapstrake`. */
export interface Command {
  readonly name: string;
  /** What comes after the name: `[OPTIONS] IMAGE`. */
  readonly usage: string;
  readonly summary: string;
  readonly options: Options;
  /** One line for each option: what it does. */
  readonly optionHelp: Readonly<Record<string, string>>;
  /** Options of docker's that it does not have, without dashes: what to do instead. */
  readonly otherOptions?: Readonly<Record<string, string>>;
  /** Whether options end at the first positional. */
  readonly stopAtFirst?: boolean;
  /** Fewest and most positionals. */
  readonly positionals: readonly [number, number];
  /** The exit code where the engine or the command line is at fault; 1 where undefined. */
  readonly failureCode?: number;
  /** Does it, and gives the exit code. */
  run(args: Arguments, surface: Surface): Promise<number>;
}

/** Prints a line. */
export function print(out: Writable, line: string): void {
  out.write(`${line}\n`);
}
