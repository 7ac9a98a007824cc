import { type EngineError, internal, invalid } from '../../errors.ts';
import type { ChildReaper } from '../../os/child-reaper.ts';
import type { HeldProcess, Holder } from '../holder.ts';
import type { InitConfig, InitProblem } from '../init/config.ts';
import { sendSignal } from '../running.ts';
import { InitFailed, openInitChannel } from './init-channel.ts';

export interface Launch {
  /** `unshare` or `nsenter` with its options; the init's command follows. */
  readonly command: readonly string[];
  readonly config: Omit<InitConfig, 'consoleSocket'>;
  readonly holder: Holder;
  /** Called with the process's id before its program starts: for the control group. */
  admit(pid: number): Promise<void>;
  readonly reaper: ChildReaper;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts an init through util-linux and waits until it has become its program. Errors: `invalid` with the codes of
 * SandboxDriver where the program cannot be started.
 */
export async function launch(of: Launch): Promise<HeldProcess> {
  const { process: spec } = of.config;
  const channel = openInitChannel();
  const command = { args: of.command, process: spec, fds: channel.child };
  const beginning = await of.holder.begin(command, of.signal).finally(() => channel.handedOver());
  // Whatever ends it shows in the channel; this one fails where util-linux is missing.
  const ended = beginning.command.then(
    ({ exitCode }) => (exitCode === NOT_FOUND ? new Error(`${of.command[0]} cannot be executed`) : undefined),
    (error: unknown) => error,
  );
  let pid: number | undefined;
  try {
    const consoleSocket = spec.tty ? of.holder.consoleName : undefined;
    pid = await channel.prepare({ ...of.config, consoleSocket } as InitConfig);
    await of.admit(pid);
    // The init is the holder's child from here on: util-linux has nothing more to do.
    const held = await beginning.take(pid);
    const problem = await channel.release();
    if (problem !== undefined) throw new InitFailed(problem);
    return held;
  } catch (error) {
    if (pid !== undefined) sendSignal(pid, 9);
    await beginning.abandon();
    const reason = await ended;
    if (pid !== undefined) await of.reaper.wait(pid);
    throw explain(error, reason, of);
  } finally {
    channel.close();
  }
}

/** Exit code of a command that could not be executed. */
const NOT_FOUND = 127;

function explain(error: unknown, ended: unknown, { command, config }: Launch): unknown {
  if (ended instanceof Error) {
    return internal({
      code: 'sandbox-start-failed',
      message: `cannot start ${command[0]}: ${ended.message}`,
      cause: ended,
    });
  }
  return error instanceof InitFailed ? startProblem(error.problem, config) : error;
}

function startProblem({ kind, message }: InitProblem, { task, ...config }: Launch['config']): EngineError {
  const isExec = task === 'exec' || ('isFirst' in config && !config.isFirst);
  // Clients look for Docker's words.
  const what = isExec ? 'OCI runtime exec failed: exec failed' : 'failed to create task';
  const text = `${what}: unable to start container process: ${message}`;
  return kind === 'failed'
    ? internal({ code: 'sandbox-start-failed', message: text })
    : invalid({ code: kind, message: text });
}
