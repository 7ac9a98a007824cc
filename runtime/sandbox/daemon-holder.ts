import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ChildReaper } from '../os/child-reaper.ts';
import { ConsoleSocket } from '../os/console-socket.ts';
import { openPty } from '../os/pty.ts';
import type { Beginning, HeldCommand, HeldProcess, Holder } from './holder.ts';
import { openStdio } from './stdio.ts';

const MOST_STDERR = 64 * 1024;

/** The daemon holds the process itself: it ends with the daemon, as a build's steps may. */
export function daemonHolder(folder: string, consoleName: string, reaper: ChildReaper): Holder {
  return { folder, consoleName, begin: (command, signal) => begin(folder, consoleName, reaper, command, signal) };
}

async function begin(
  folder: string,
  consoleName: string,
  reaper: ChildReaper,
  { args: [program = '', ...args], process: spec, fds = [] }: HeldCommand,
  signal?: AbortSignal,
): Promise<Beginning> {
  const console = spec.tty ? await ConsoleSocket.listen(join(folder, consoleName)) : undefined;
  const stdio = spec.tty ? undefined : await openStdio(spec.stdin ? 'open' : 'empty', spec.user);
  const child = spawn(program, args, {
    stdio: [...(stdio?.child ?? (['ignore', 'ignore', 'pipe'] as const)), ...fds],
    env: { PATH: process.env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    cwd: folder,
    signal,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MOST_STDERR);
  });
  // Without pipes, 'close' follows 'exit' at once.
  const command = once(child, child.stderr ? 'close' : 'exit').then(([code]: (number | null)[]) => ({
    exitCode: code ?? 137,
    stderr,
  }));
  command.catch(() => undefined);
  const endCommand = async (): Promise<void> => {
    if (child.exitCode === null) child.kill('SIGKILL');
    await command.catch(() => undefined);
  };
  return {
    command,
    async take(pid): Promise<HeldProcess> {
      await Promise.all([endCommand(), stdio?.handedOver()]);
      const ended = reaper.wait(pid);
      if (console === undefined) {
        const { stdin, stdout, stderr } = stdio!;
        return { pid, stdin, stdout, stderr, ended, resize: () => {} };
      }
      const pty = openPty(console.receive());
      await console[Symbol.asyncDispose]();
      if (spec.consoleSize) pty.resize(spec.consoleSize.rows, spec.consoleSize.cols);
      return {
        pid,
        stdin: spec.stdin ? pty.input : undefined,
        stdout: pty.output,
        stderr: undefined,
        ended,
        resize: (rows, cols) => pty.resize(rows, cols),
      };
    },
    async abandon() {
      await endCommand();
      await stdio?.abandon();
      await console?.[Symbol.asyncDispose]();
    },
  };
}
