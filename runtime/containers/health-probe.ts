import * as z from 'zod/mini';
import { formatDuration } from '../../core/dockerfile/duration.ts';
import { ExecCreate } from '../../protocol/engine/exec.ts';
import { EngineError } from '../errors.ts';
import { sendSignal } from '../sandbox/running.ts';
import type { Container } from './container.ts';
import type { Execs } from './execs.ts';
import type { HealthResult } from './health-state.ts';
import type { HealthProbe } from './healthcheck.ts';
import { timestamp } from './timestamp.ts';

/** Bytes that are kept of what a test prints (Docker's own limit). */
const MOST_OUTPUT = 4096;
const KILL = 9;

/** Runs a container's health test once; one that takes too long is killed. Never throws. */
export async function runProbe(
  execs: Execs,
  container: Container,
  probe: HealthProbe,
  signal: AbortSignal,
): Promise<HealthResult> {
  const start = timestamp();
  const output: Buffer[] = [];
  let size = 0;
  const result = (exitCode: number, text: string): HealthResult => ({
    start,
    end: timestamp(),
    exitCode,
    output: text,
  });
  try {
    const wishes = { Cmd: probe.command, AttachStdout: true, AttachStderr: true };
    const exec = execs.create(container, z.parse(ExecCreate, wishes));
    exec.output.add({
      write(_name, chunk) {
        if (size <= MOST_OUTPUT) output.push(chunk);
        size += chunk.length;
        return 'taken';
      },
      end: () => undefined,
    });
    execs.claim(exec);
    const { ended } = await execs.start(exec, undefined);
    const outcome = await within(ended, probe.timeout, signal);
    if (outcome !== 'ended') {
      if (exec.process !== undefined) endWithItsOwn(exec.process.pid);
      await ended;
      const said = textOf(output, size);
      const late = `Health check exceeded timeout (${formatDuration(probe.timeout * 1e6)})`;
      return result(-1, said === '' ? late : `${late}: ${said}`);
    }
    return result(exec.exitCode ?? -1, textOf(output, size));
  } catch (error) {
    // The container has ended meanwhile, or has no such program.
    if (error instanceof EngineError) return result(-1, error.message);
    return result(-1, String(error));
  }
}

/** What a shell has started would stay, and with each test there would be more of it. */
function endWithItsOwn(pid: number): void {
  for (const target of [-pid, pid]) sendSignal(target, KILL);
}

function textOf(output: readonly Buffer[], size: number): string {
  const text = Buffer.concat(output).toString('utf8', 0, Math.min(size, MOST_OUTPUT));
  return size > MOST_OUTPUT ? `${text}...` : text;
}

function within(
  ended: Promise<void>,
  milliseconds: number,
  signal: AbortSignal,
): Promise<'ended' | 'late' | 'aborted'> {
  return new Promise((resolve) => {
    const done = (how: 'ended' | 'late' | 'aborted'): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(how);
    };
    const onAbort = (): void => done('aborted');
    const timer = setTimeout(() => done('late'), Math.min(milliseconds, 2 ** 31 - 1));
    signal.addEventListener('abort', onAbort, { once: true });
    ended.then(
      () => done('ended'),
      () => done('ended'),
    );
  });
}
