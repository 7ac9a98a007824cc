import { conflict, EngineError, isKind, notModified } from '../errors.ts';
import { announce, announceNetworks, announceVolumes } from './announce.ts';
import type { Container, Run } from './container.ts';
import type { Floor } from './floor.ts';
import type { Survivor } from './keepers.ts';
import { type Launched, launch, type Neighbours } from './launch.ts';
import { pumpOutput } from './pump.ts';
import type { ContainerState } from './record.ts';
import { beingRemoved, notRunning } from './refusals.ts';
import { wantsRestart } from './restart-policy.ts';
import { releaseSharedMemory } from './shared-memory.ts';
import { isMeantToEnd, KILL, Signalling, type Watch } from './signalling.ts';
import { signalNumber } from './signals.ts';
import { timestamp } from './timestamp.ts';

/** Starts, stops and ends containers: the only place, beside signals, that changes their states. */
export class Lifecycle {
  /** What the daemon is about. Only one that is open starts again what has ended. */
  daemon: 'beginning' | 'open' | 'closing' = 'beginning';
  readonly signalling: Signalling;
  /** Those that end to be started again at once. */
  readonly #comingBack = new Set<Container>();

  constructor(
    private readonly floor: Floor,
    private readonly neighbours: Neighbours,
    /** Removes a container that was started with `--rm`. */
    private readonly autoRemove: (container: Container) => Promise<void>,
    private readonly watch: Watch,
  ) {
    this.signalling = new Signalling(floor, watch);
  }

  /** Error: `not-modified` for one that runs, or will be started again by itself. */
  start(container: Container): Promise<void> {
    return container.serial.run(async () => {
      if (container.state.status === 'paused') {
        throw conflict({
          code: 'container-paused',
          message: 'cannot start a paused container, try unpause instead',
          subject: container.id,
        });
      }
      if (container.isRunning || container.state.status === 'restarting') {
        throw notModified({ code: 'container-running', message: `container ${container.id} runs already` });
      }
      if (container.state.status === 'removing') throw beingRemoved(container);
      container.restarts.renew();
      await container.update({ restartCount: 0, state: { ...container.state, stopped: false } });
      await this.#launch(container, undefined);
    });
  }

  /** Sends the stop signal, then SIGKILL after the time. Error: `not-modified` for one that does not run. */
  async stop(container: Container, seconds?: number, signal?: string): Promise<void> {
    if (!(await this.#endRestart(container))) {
      const { run } = container;
      if (run === undefined) {
        throw notModified({ code: 'container-stopped', message: `container ${container.id} does not run` });
      }
      const saved = this.#endByHand(container);
      await this.signalling.end(container, run, seconds, signal);
      // A daemon that dies now must not start it again.
      await saved;
    }
    announce(this.floor.events, container, 'stop');
  }

  async restart(container: Container, seconds?: number, signal?: string): Promise<void> {
    this.#comingBack.add(container);
    try {
      await unlessDone(this.stop(container, seconds, signal));
      await unlessDone(this.start(container));
    } finally {
      this.#comingBack.delete(container);
    }
    announce(this.floor.events, container, 'restart');
  }

  /** Sends a signal. It keeps the container from being started again by itself, as with Docker. */
  async kill(container: Container, signal: string): Promise<void> {
    const number = signalNumber(signal);
    const isEnd = isMeantToEnd(container, number);
    if (container.state.status === 'restarting' && !isEnd) return container.setState({ stopped: true });
    if (await this.#endRestart(container)) return;
    const { run } = container;
    if (run === undefined) throw notRunning(container);
    if (isEnd) container.restarts.stop();
    void container.setState({ stopped: true });
    await this.signalling[isEnd ? 'sendToEnd' : 'send'](container, number);
    if (number === KILL) await run.finished;
  }

  /** Ends a container at once, so that it can be removed. */
  async forceEnd(container: Container): Promise<void> {
    await this.#rest(container);
    const { run } = container;
    if (run === undefined) return;
    void this.#endByHand(container);
    await this.signalling.sendToEnd(container, KILL);
    await run.finished;
  }

  /** Ends a container because the daemon goes: its restart policy stays in force for the next one. */
  async shutDown(container: Container): Promise<void> {
    if (await this.#endRestart(container)) return;
    if (container.run === undefined) return;
    await this.signalling.end(container, container.run);
    announce(this.floor.events, container, 'stop');
  }

  #endByHand(container: Container): Promise<void> {
    container.restarts.stop();
    return container.setState({ stopped: true });
  }

  /** `exitCode`: what is told of one that cannot be started, where it is not the failure's own. */
  async #launch(container: Container, exitCode: number | undefined): Promise<void> {
    let startedAt = timestamp();
    let launched: Launched;
    try {
      launched = await launch(this.floor, container, this.neighbours, () => {
        startedAt = timestamp();
      });
    } catch (error) {
      await this.#failedToStart(container, error, exitCode ?? exitCodeOf(error));
      throw error;
    }
    announceVolumes(this.floor.events, 'mount', container);
    announceNetworks(this.floor.events, 'connect', container.id, launched.attachment);
    this.#follow(container, launched);
    void container.setState({ status: 'running', startedAt, exitCode: 0, error: '', oomKilled: false });
    this.watch.started(container);
    announce(this.floor.events, container, 'start');
  }

  /**
   * Takes over a container that outlived an earlier daemon, or ended while there was none: from here on it is as if this
   * daemon had started it. Resolves when one that has ended is dealt with.
   */
  async adopt(container: Container, launched: Launched, survivor: Exclude<Survivor, { kind: 'lost' }>): Promise<void> {
    if (!container.isRunning) {
      // Its start has not come to the record any more.
      const startedAt = timestamp(BigInt(survivor.startedAt) * 1_000_000n);
      await container.setState({ status: 'running', startedAt, exitCode: 0, error: '', oomKilled: false });
    }
    const run = this.#follow(container, launched);
    if (survivor.kind === 'ended') await run.finished;
    else if (container.state.status === 'running') this.watch.started(container);
  }

  #follow(container: Container, launched: Launched): Run {
    const { process } = launched;
    container.input.connect(process.stdin);
    container.output.connect(process.listen, launched.listened);
    const pumped = pumpOutput(process, container.output);
    const run: Run = { ...launched, finished: pumped.then(() => this.#finish(container, launched)) };
    container.run = run;
    void container.update({ networkIds: launched.attachment.networkIds });
    return run;
  }

  async #failedToStart(container: Container, error: unknown, exitCode: number): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    await container.setState({
      status: container.state.startedAt.startsWith('0001') ? 'created' : 'exited',
      exitCode,
      error: message,
    });
    container.output.end();
    container.input.disconnect();
    container.waiters.announce('exit', { StatusCode: exitCode, Error: null });
    if (this.daemon !== 'closing') this.#removeByItself(container);
  }

  /** The process has ended and its output is taken: gives everything back, then tells. */
  async #finish(container: Container, { process, attachment }: Launched): Promise<void> {
    const { floor } = this;
    const exit = await process.exited;
    this.watch.ended(container);
    container.output.end();
    container.input.disconnect();
    const cleanups = await Promise.allSettled([
      floor.sandbox
        .remove(container.id)
        .then(() => Promise.all([floor.snapshots.unmount(container.id), floor.volumes.unmount(container.id)])),
      floor.networks.release(container.id),
    ]);
    for (const each of cleanups) {
      if (each.status === 'rejected') floor.log.error(`cleaning up after ${container.name} failed`, each.reason);
    }
    releaseSharedMemory(container);
    container.run = undefined;
    void container.setState({
      status: 'exited',
      exitCode: exit.exitCode,
      oomKilled: exit.oomKilled,
      finishedAt: timestamp(BigInt(exit.at) * 1_000_000n),
    });
    if (exit.oomKilled) announce(floor.events, container, 'oom');
    announce(floor.events, container, 'die', {
      exitCode: String(exit.exitCode),
      execDuration: String(Math.max(0, Math.floor(ranFor(container.state) / 1000))),
    });
    announceNetworks(floor.events, 'disconnect', container.id, attachment);
    announceVolumes(floor.events, 'unmount', container);
    const restarts = this.daemon === 'open' && !container.restarts.areOff && wantsRestart(container.record);
    if (restarts) this.#putRestartOff(container);
    container.waiters.announce('exit', { StatusCode: exit.exitCode, Error: null });
    if (!restarts && !this.#comingBack.has(container)) this.#removeByItself(container);
  }

  #removeByItself(container: Container): void {
    if (container.record.hostConfig.AutoRemove) queueMicrotask(() => void this.autoRemove(container));
  }

  #putRestartOff(container: Container): void {
    const { state, restartCount } = container.record;
    void container.update({ restartCount: restartCount + 1, state: { ...state, status: 'restarting' } });
    container.restarts.putOff(ranFor(state), () => void this.#restartNow(container));
  }

  #restartNow(container: Container): Promise<void> {
    return container.serial.run(async () => {
      if (container.state.status !== 'restarting') return;
      try {
        await this.#launch(container, container.state.exitCode);
      } catch (error) {
        this.floor.log.warn(`restarting ${container.name} failed: ${String(error)}`);
      }
    });
  }

  /** Whether a container waited for its restart, and does no more. One that is being started runs afterwards. */
  async #endRestart(container: Container): Promise<boolean> {
    return container.state.status === 'restarting' && container.serial.run(() => this.#rest(container));
  }

  async #rest(container: Container): Promise<boolean> {
    const { status, exitCode, stopped } = container.state;
    if (status !== 'restarting') return false;
    container.restarts.stop();
    await container.setState({ status: 'exited', stopped: stopped || this.daemon !== 'closing' });
    container.waiters.announce('exit', { StatusCode: exitCode, Error: null });
    return true;
  }
}

/** Milliseconds between start and end. */
function ranFor({ startedAt, finishedAt }: ContainerState): number {
  return Date.parse(finishedAt) - Date.parse(startedAt);
}

/** Waits for what may be as it is to be already. */
async function unlessDone(change: Promise<void>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!isKind(error, 'not-modified')) throw error;
  }
}

/** What the docker CLI exits with where a container cannot be started. */
function exitCodeOf(error: unknown): number {
  if (!(error instanceof EngineError)) return 128;
  if (error.code === 'command-not-found') return 127;
  return error.code === 'command-not-executable' ? 126 : 128;
}
