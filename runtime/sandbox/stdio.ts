import type { Readable, Writable } from 'node:stream';
import { chownFd, closeFd, openPipe, readPipe, writePipe } from '../os/pipe.ts';

/** Three pipes to a process that has no terminal. */
export interface StdioPipes {
  /** For `spawn`: what the process gets as 0, 1, 2. */
  readonly child: readonly ['ignore' | number, number, number];
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Closes our copies of the process's ends, once it has them. */
  handedOver(): Promise<void>;
  /** Gives up everything, where the process could not be started. */
  abandon(): Promise<void>;
}

/** Makes the pipes; the process's ends belong to its user, so that it can open `/dev/stdout` by name. */
export async function openStdio(stdin: 'open' | 'empty', user: { uid: number; gid: number }): Promise<StdioPipes> {
  const input = stdin === 'open' ? openPipe() : undefined;
  const output = openPipe();
  const errors = openPipe();
  const theirs = [...(input === undefined ? [] : [input.read]), output.write, errors.write];
  if (user.uid !== 0) await Promise.all(theirs.map((fd) => chownFd(fd, user.uid, user.gid)));
  const ours = {
    stdin: input === undefined ? undefined : writePipe(input.write),
    stdout: readPipe(output.read),
    stderr: readPipe(errors.read),
  };
  const handedOver = async (): Promise<void> => {
    await Promise.all(theirs.splice(0).map((fd) => closeFd(fd)));
  };
  return {
    ...ours,
    child: [input?.read ?? 'ignore', output.write, errors.write],
    handedOver,
    async abandon() {
      await handedOver();
      ours.stdin?.destroy();
      ours.stdout.destroy();
      ours.stderr.destroy();
    },
  };
}
