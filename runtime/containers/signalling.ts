import { conflict, EngineError } from '../errors.ts';
import { announce } from './announce.ts';
import type { Container, Run } from './container.ts';
import type { Floor } from './floor.ts';
import { runOf } from './refusals.ts';
import { signalNumber } from './signals.ts';

export const KILL = 9;

/** Seconds that a container gets to stop where nobody says otherwise. */
const STOP_TIMEOUT = 10;

/** Who follows what starts, rests and ends, to do something of its own meanwhile. */
export interface Watch {
  started(container: Container): void;
  resumed(container: Container): void;
  ended(container: Container): void;
}

/** Sends signals to the processes of containers, freezes them, and waits for their ends. */
export class Signalling {
  constructor(
    private readonly floor: Floor,
    private readonly watch: Watch,
  ) {}

  async pause(container: Container): Promise<void> {
    runOf(container);
    if (container.state.status === 'paused') {
      throw conflict({ code: 'container-paused', message: `Container ${container.id} is already paused` });
    }
    await this.floor.sandbox.pause(container.id);
    this.watch.ended(container);
    await container.setState({ status: 'paused' });
    announce(this.floor.events, container, 'pause');
  }

  async unpause(container: Container): Promise<void> {
    if (container.state.status !== 'paused') {
      throw conflict({ code: 'container-not-paused', message: `Container ${container.id} is not paused` });
    }
    await this.#resume(container);
  }

  /** Sends the stop signal, or another, and SIGKILL after so many seconds; with fewer than none it waits for ever. */
  async end(container: Container, run: Run, seconds?: number, signal?: string): Promise<void> {
    const number = signal === undefined ? stopSignal(container) : signalNumber(signal);
    const grace = seconds ?? container.record.config.StopTimeout ?? STOP_TIMEOUT;
    await this.sendToEnd(container, number);
    if (grace >= 0) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), grace * 1000);
      });
      const outcome = await Promise.race([run.finished, late]);
      clearTimeout(timer);
      if (outcome === 'late') await this.send(container, KILL);
    }
    await run.finished;
  }

  /** One that is paused would get it only when it goes on. */
  async sendToEnd(container: Container, number: number): Promise<void> {
    await this.send(container, number);
    if (container.state.status === 'paused') await this.#resume(container);
  }

  async send(container: Container, number: number): Promise<void> {
    try {
      await this.floor.sandbox.kill(container.id, number);
    } catch (error) {
      // It has ended meanwhile, which is what signals are mostly for.
      if (!(error instanceof EngineError && (error.kind === 'conflict' || error.kind === 'not-found'))) throw error;
      return;
    }
    announce(this.floor.events, container, 'kill', { signal: String(number) });
  }

  async #resume(container: Container): Promise<void> {
    await this.floor.sandbox.resume(container.id);
    // It may have ended meanwhile.
    if (container.state.status !== 'paused') return;
    await container.setState({ status: 'running' });
    this.watch.resumed(container);
    announce(this.floor.events, container, 'unpause');
  }
}

/** The number of the signal by which a container is to be stopped. */
export function stopSignal(container: Container): number {
  return signalNumber(container.record.config.StopSignal || 'SIGTERM');
}

/** Whether a signal is meant to end a container: without a stop signal of its own any is, as with Docker. */
export function isMeantToEnd(container: Container, number: number): boolean {
  return number === KILL || !container.record.config.StopSignal || number === stopSignal(container);
}
