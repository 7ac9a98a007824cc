import type { HeldProcess } from './holder.ts';
import type { Exit, SandboxProcess } from './sandbox.ts';

/** The process as the seam shows it. */
export function sandboxProcess(held: HeldProcess, exited: Promise<Exit>): SandboxProcess {
  const { pid, stdin, stdout, stderr, listen } = held;
  return { pid, stdin, stdout, stderr, exited, listen, resize: (rows, cols) => held.resize(rows, cols) };
}

/** A process beside a sandbox's first one: it may end without the sandbox. */
export function furtherProcess(held: HeldProcess): SandboxProcess {
  const exited = held.ended.then(({ exitCode, at }): Exit => ({ exitCode, at, oomKilled: false }));
  return sandboxProcess(held, exited);
}
