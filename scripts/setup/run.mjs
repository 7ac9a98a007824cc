// Runs the tools that setting up needs: their output is shown where they fail, or as it comes with `show`.
import { spawn } from 'node:child_process';

/**
 * Runs a program to its end.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean, timeoutMs?: number }} [options]
 * @returns {Promise<{ code: number, output: string }>} code 127 where the program is missing, 124 after the timeout
 */
export async function run(file, args, { cwd, env = process.env, show = false, timeoutMs } = {}) {
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks = [];
  for (const [stream, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    stream.on('data', (chunk) => {
      chunks.push(chunk);
      if (show) to.write(chunk);
    });
  }
  const end = endGroupWithUs(child);
  let timedOut = false;
  const timer =
    timeoutMs &&
    setTimeout(() => {
      timedOut = true;
      end();
    }, timeoutMs);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      chunks.push(Buffer.from(String(error)));
      resolve(127);
    });
    child.once('close', (status, signal) => resolve(timedOut ? 124 : (status ?? 128 + (signal === 'SIGINT' ? 2 : 15))));
  });
  clearTimeout(timer);
  end.release();
  if (timedOut) chunks.push(Buffer.from(`\nended after ${timeoutMs / 1000} seconds\n`));
  return { code, output: Buffer.concat(chunks).toString() };
}

/** How each group that runs is ended. Listeners are there as long as one runs: without them Ctrl-C ends this process. */
const running = new Set();
const onSignal = (signal) => {
  for (const end of running) end();
  process.exitCode = signal === 'SIGINT' ? 130 : 143;
};
const onExit = () => {
  for (const end of running) end();
};

function listen(method) {
  process[method]('SIGINT', onSignal)[method]('SIGTERM', onSignal)[method]('exit', onExit);
}

/** A detached child has a process group of its own, so that all it started can be ended; so it must end with us too. */
export function endGroupWithUs(child) {
  const signalGroup = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error;
    }
  };
  const end = () => {
    if (child.pid === undefined) return;
    signalGroup('SIGTERM');
    setTimeout(() => signalGroup('SIGKILL'), 5000).unref();
  };
  if (running.size === 0) listen('on');
  running.add(end);
  end.release = () => {
    if (running.delete(end) && running.size === 0) listen('off');
  };
  return end;
}
