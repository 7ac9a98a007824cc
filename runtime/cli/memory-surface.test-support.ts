import { Readable, Writable } from 'node:stream';
import { shell } from '../../core/bash/shell.test-support.ts';
import { ShellChecker } from '../../core/shellcheck/shell-checker.ts';
import type { Surface } from './command.ts';
import { readInvocation, runProgram } from './program.ts';

/** What a command line printed, and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `lapstrake ARGS` in this process, without an engine. */
export async function runLine(
  args: readonly string[],
  stdin = '',
  env: Surface['env'] = { HOME: '/nonexistent', PATH: '/nonexistent' },
): Promise<Outcome> {
  const printed = { stdout: '', stderr: '' };
  const gather = (name: keyof typeof printed): Writable =>
    new Writable({
      write: (chunk, _encoding, done) => {
        printed[name] += String(chunk);
        done();
      },
    });
  const checker = new ShellChecker(env);
  const surface: Surface = {
    stdin: Readable.from([Buffer.from(stdin)], { objectMode: false }),
    stdout: gather('stdout'),
    stderr: gather('stderr'),
    env,
    now: () => 0,
    folder: process.cwd(),
    programs: '',
    signal: new AbortController().signal,
    shell: () => Promise.resolve(shell),
    shellChecker: () => checker,
    engine: () => Promise.reject(new Error('no engine was to be asked')),
  };
  const code = await runProgram(readInvocation(args), surface);
  return { code, ...printed };
}
