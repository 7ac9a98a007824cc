import { homedir } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { loadShell } from '../../core/bash/load-shell.ts';
import type { ShellReader } from '../../core/shell/shell-script.ts';
import { ShellChecker } from '../../core/shellcheck/shell-checker.ts';
import type { Surface } from './command.ts';
import { connect } from './connect.ts';
import { type Invocation, readInvocation, runProgram } from './program.ts';
import { UsageError } from './usage-error.ts';

async function main(): Promise<number> {
  let invocation: Invocation;
  try {
    invocation = readInvocation(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`lapstrake: ${error.message}\nSee 'lapstrake --help'.\n`);
    return 1;
  }
  const stop = new AbortController();
  // A second Ctrl-C ends this process whatever it waits for.
  process.once('SIGINT', () => stop.abort());
  // A reader that goes away, as head does, ends us without a word.
  process.stdout.on('error', () => process.exit(141));
  const surroundings = { env: process.env, uid: process.getuid?.() ?? 0, home: homedir() };
  let shell: Promise<ShellReader> | undefined;
  let shellChecker: ShellChecker | undefined;
  const surface: Surface = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    now: Date.now,
    folder: process.cwd(),
    programs: __dirname,
    signal: stop.signal,
    shell: () => (shell ??= loadParser()),
    shellChecker: () => (shellChecker ??= new ShellChecker(process.env)),
    engine: () => connect(invocation.host, surroundings, __dirname, stop.signal),
  };
  return runProgram(invocation, surface);
}

/** To optimise the parser takes V8 half a second, for which the end of the process waits, and no run is long enough to win it back. */
function loadParser(): Promise<ShellReader> {
  for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
  return loadShell(__dirname);
}

main().then(
  (code) => {
    process.exitCode = code;
    // What still runs, such as a read of stdin, must not keep us: what was written goes out first.
    process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
