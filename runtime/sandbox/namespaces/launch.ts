import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type EngineError, internal, invalid } from '../../errors.ts';
import type { ChildReaper } from '../../os/child-reaper.ts';
import { ConsoleSocket } from '../../os/console-socket.ts';
import { openPty } from '../../os/pty.ts';
import type { InitConfig, InitProblem } from '../init/config.ts';
import { sendSignal } from '../running.ts';
import type { StartedProcess } from '../started-process.ts';
import { openStdio } from '../stdio.ts';
import { InitFailed, openInitChannel } from './init-channel.ts';

export interface Launch {
  /** `unshare` or `nsenter` with its options; the init's command follows. */
  readonly command: readonly string[];
  readonly config: Omit<InitConfig, 'consoleSocket'>;
  /** Where a console socket may be made; a short path. */
  readonly consolePath: string;
  /** Called with the process's id before its program starts: for the control group. */
  admit(pid: number): Promise<void>;
  readonly reaper: ChildReaper;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts an init through util-linux and waits until it has become its program. Errors: `invalid` with the codes of
 * SandboxDriver where the program cannot be started.
 */
export async function launch(of: Launch): Promise<StartedProcess> {
  const { process: spec } = of.config;
  const console = spec.tty ? await ConsoleSocket.listen(of.consolePath) : undefined;
  const stdio = spec.tty ? undefined : await openStdio(spec.stdin ? 'open' : 'empty', spec.user);
  const channel = openInitChannel();
  const [program, ...args] = of.command;
  const child = spawn(program!, args, {
    stdio: [...(stdio?.child ?? (['ignore', 'ignore', 'ignore'] as const)), ...channel.child],
    env: { PATH: process.env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    cwd: '/',
    signal: of.signal,
    killSignal: 'SIGKILL',
  });
  // Whatever ends it shows in the channel; `spawn` itself fails where util-linux is missing.
  const ended = once(child, 'exit').catch((error: unknown) => error);
  let pid: number | undefined;
  try {
    await Promise.all([channel.handedOver(), stdio?.handedOver()]);
    pid = await channel.prepare({ ...of.config, consoleSocket: console?.path } as InitConfig);
    await of.admit(pid);
    // The init is the daemon's child from here on: util-linux has nothing more to do.
    child.kill('SIGKILL');
    await ended;
    const pty = console === undefined ? undefined : openPty(console.receive());
    const problem = await channel.release();
    if (problem !== undefined) {
      pty?.close();
      throw new InitFailed(problem);
    }
    return pty === undefined
      ? {
          pid,
          stdin: stdio!.stdin,
          stdout: stdio!.stdout,
          stderr: stdio!.stderr,
          resize: () => {},
        }
      : {
          pid,
          stdin: spec.stdin ? pty.input : undefined,
          stdout: pty.output,
          stderr: undefined,
          resize: (rows, cols) => pty.resize(rows, cols),
        };
  } catch (error) {
    child.kill('SIGKILL');
    const reason = await ended;
    if (pid !== undefined) {
      sendSignal(pid, 9);
      await of.reaper.wait(pid);
    }
    await stdio?.abandon();
    throw explain(error, reason, program!);
  } finally {
    channel.close();
    await console?.[Symbol.asyncDispose]();
  }
}

function explain(error: unknown, ended: unknown, program: string): unknown {
  if (ended instanceof Error) {
    return internal({
      code: 'sandbox-start-failed',
      message: `cannot start ${program}: ${ended.message}`,
      cause: ended,
    });
  }
  return error instanceof InitFailed ? startProblem(error.problem) : error;
}

function startProblem({ kind, message }: InitProblem): EngineError {
  const text = `failed to create task: unable to start container process: ${message}`;
  return kind === 'failed'
    ? internal({ code: 'sandbox-start-failed', message: text })
    : invalid({ code: kind, message: text });
}
