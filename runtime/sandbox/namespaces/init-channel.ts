import { createInterface } from 'node:readline';
import { closeFd, openPipe, readPipe, writePipe } from '../../os/pipe.ts';
import type { InitConfig, InitProblem, InitReport } from '../init/config.ts';

/** The daemon's ends of the pipes to an init that is starting. */
export interface InitChannel {
  /** For `spawn`: the descriptors that the init gets as 3 and 4. */
  readonly child: readonly [number, number];
  /** Closes our copies of the init's ends. */
  handedOver(): Promise<void>;
  /** Sends the configuration; gives the init's process id once the container's world stands. */
  prepare(config: InitConfig): Promise<number>;
  /** Lets it become the program; gives what went wrong, or undefined once it has. */
  release(): Promise<InitProblem | undefined>;
  close(): void;
}

export function openInitChannel(): InitChannel {
  const config = openPipe();
  const report = openPipe();
  const theirs = [config.read, report.write];
  const commands = writePipe(config.write);
  const answers = readPipe(report.read);
  const lines = createInterface({ input: answers })[Symbol.asyncIterator]();
  const next = async (): Promise<InitReport | undefined> => {
    const line = await lines.next();
    return line.done ? undefined : (JSON.parse(line.value) as InitReport);
  };
  return {
    child: [config.read, report.write],
    async handedOver() {
      await Promise.all(theirs.splice(0).map((fd) => closeFd(fd)));
    },
    async prepare(init) {
      commands.write(`${JSON.stringify(init)}\n`);
      const answer = await next();
      if (answer !== undefined && 'ready' in answer) return answer.pid;
      throw new InitFailed(answer?.problem ?? { kind: 'failed', message: 'the init ended without a word' });
    },
    async release() {
      commands.end('\n');
      const answer = await next();
      return answer !== undefined && 'problem' in answer ? answer.problem : undefined;
    },
    close() {
      commands.destroy();
      answers.destroy();
    },
  };
}

/** An init that could not make the container's world. */
export class InitFailed extends Error {
  constructor(readonly problem: InitProblem) {
    super(problem.message);
  }
}
