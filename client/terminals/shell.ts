import { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import type { AttachedProcess } from './attached-terminal.ts';

/** Runs bash where the container has one, else sh. */
export const SHELL: readonly string[] = ['sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash; exec sh'];

interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Starts a shell in a running container with a terminal of that size (`POST /containers/{id}/exec`, `POST /exec/{id}/start`). */
export async function openShell(docker: Docker, id: string, size: Size, signal: AbortSignal): Promise<AttachedProcess> {
  const exec = await docker.getContainer(id).exec({
    Cmd: [...SHELL],
    Env: ['TERM=xterm-256color'],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: true,
    ConsoleSize: [size.rows, size.columns],
    abortSignal: signal,
  });
  const stream = await exec.start({ hijack: true, stdin: true, Tty: true, abortSignal: signal });
  const resize = async (to: Size) => {
    await exec.resize({ h: to.rows, w: to.columns });
  };
  // Engines older than API 1.42 ignore ConsoleSize.
  await resize(size).catch(() => undefined);
  return {
    stream,
    resize,
    // The API cannot end an exec: a shell at its prompt ends with its input.
    hangUp: () => new Promise((resolve) => stream.end('\u0004', () => resolve())),
    exitCode: async () => (await exec.inspect()).ExitCode ?? undefined,
  };
}

/**
 * Attaches to a created container's terminal and starts it: what `docker run -it` does. A container that cannot be started
 * is removed; one whose terminal is closed is killed.
 */
export async function startAttached(
  docker: Docker,
  id: string,
  size: Size,
  signal: AbortSignal,
): Promise<AttachedProcess> {
  const container = docker.getContainer(id);
  try {
    const stream = asDuplex(
      await container.attach({
        ...{ stream: true, stdin: true, stdout: true, stderr: true, hijack: true },
        abortSignal: signal,
      }),
    );
    const exit: Promise<{ StatusCode?: number }> = container.wait({ condition: 'next-exit' });
    const code = exit.then(
      ({ StatusCode }) => StatusCode,
      () => undefined,
    );
    const resize = async (to: Size) => {
      await container.resize({ h: to.rows, w: to.columns });
    };
    await container.start();
    await resize(size).catch(() => undefined);
    return { stream, resize, hangUp: () => container.kill(), exitCode: () => code };
  } catch (error) {
    await container.remove({ force: true }).catch(() => undefined);
    throw error;
  }
}

/** dockerode's types say less than what it gives: the connection itself. */
function asDuplex(stream: unknown): Duplex {
  if (stream instanceof Duplex) return stream;
  throw new TypeError('The engine answered without a connection.');
}
