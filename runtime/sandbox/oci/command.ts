import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a call of the OCI runtime ended. */
export interface CommandResult {
  readonly exitCode: number;
  /** What it wrote to stderr, where that is not the container's. */
  readonly stderr: string;
}

/** File descriptors to give as 0, 1, 2; the caller keeps its copies. */
export type CommandStdio = readonly ['ignore' | number, 'ignore' | number, 'ignore' | 'pipe' | number];

/** Calls runc or crun with bare descriptors as its stdio, which it hands on to the container. */
export async function callRuntime(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly stdio: CommandStdio; readonly signal?: AbortSignal | undefined },
): Promise<CommandResult> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    stdio: [...options.stdio],
    env: { PATH: process.env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    signal: options.signal,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-64 * 1024);
  });
  // Without pipes, 'close' follows 'exit' at once.
  const [code]: (number | null)[] = await once(child, child.stderr ? 'close' : 'exit');
  return { exitCode: code ?? 137, stderr };
}
