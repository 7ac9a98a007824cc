import { conflict, EngineError, notModified } from '../errors.ts';
import { announce, announceNetworks, announceVolumes } from './announce.ts';
import type { Container, Run } from './container.ts';
import type { Floor } from './floor.ts';
import type { Survivor } from './keepers.ts';
import { type Launched, launch, type Neighbours } from './launch.ts';
import { pumpOutput } from './pump.ts';
import { nextDelay, wantsRestart } from './restart-policy.ts';
import { releaseSharedMemory } from './shared-memory.ts';
import { signalNumber } from './signals.ts';
import { timestamp } from './timestamp.ts';

const KILL = 9;

/** Who follows what starts, rests and ends, to do something of its own meanwhile. */
export interface Watch {
  started(container: Container): void;
  resumed(container: Container): void;
  ended(container: Container): void;
}

/** Seconds that a container gets to stop where nobody says otherwise. */
const STOP_TIMEOUT = 10;

/** Starts, stops and ends containers: the only place that changes their states. */
export class Lifecycle {
  /** The daemon is going: nothing is restarted. */
  closing = false;

  constructor(
    private readonly floor: Floor,
    private readonly neighbours: Neighbours,
    /** Removes a container that was started with `--rm`. */
    private readonly autoRemove: (container: Container) => Promise<void>,
    private readonly watch: Watch,
  ) {}

  /** Error: `not-modified` for one that runs. */
  start(container: Container): Promise<void> {
    return container.serial.run(async () => {
      if (container.state.status === 'paused') {
        throw conflict({
          code: 'container-paused',
          message: 'cannot start a paused container, try unpause instead',
          subject: container.id,
        });
      }
      if (container.isRunning) {
        throw notModified({ code: 'container-running', message: `container ${container.id} runs already` });
      }
      if (container.state.status === 'removing') throw beingRemoved(container);
      container.restart?.cancel();
      container.restart = undefined;
      await container.update({ restartCount: 0, state: { ...container.state, stopped: false } });
      await this.#launch(container);
    });
  }

  /** Sends the stop signal, then SIGKILL after the time. Error: `not-modified` for one that does not run. */
  async stop(container: Container, seconds?: number, signal?: string): Promise<void> {
    if (container.restart !== undefined) return this.#cancelRestart(container);
    const { run } = container;
    if (run === undefined) {
      throw notModified({ code: 'container-stopped', message: `container ${container.id} does not run` });
    }
    const saved = container.setState({ stopped: true });
    await this.#end(container, run, seconds, signal);
    // A daemon that dies now must not start it again.
    await saved;
    announce(this.floor.events, container, 'stop');
  }

  async restart(container: Container, seconds?: number, signal?: string): Promise<void> {
    const { run } = container;
    if (container.restart !== undefined) await this.#cancelRestart(container);
    else if (run !== undefined) {
      void container.setState({ stopped: true });
      await this.#end(container, run, seconds, signal);
      announce(this.floor.events, container, 'stop');
    }
    await this.start(container);
    announce(this.floor.events, container, 'restart');
  }

  async kill(container: Container, signal: string): Promise<void> {
    const number = signalNumber(signal || 'KILL');
    const { run } = container;
    if (run === undefined) throw notRunning(container, `Cannot kill container: ${container.name}: `);
    const isEnd = number === KILL || number === stopSignal(container);
    if (isEnd) void container.setState({ stopped: true });
    if (isEnd || !container.record.config.StopSignal) await this.#signalToEnd(container, number);
    else await this.#signal(container, number);
    if (number === KILL) await run.finished;
  }

  async pause(container: Container): Promise<void> {
    if (container.run === undefined) throw notRunning(container);
    if (container.state.status === 'paused') {
      throw conflict({ code: 'container-paused', message: `Container ${container.id} is already paused` });
    }
    await this.floor.sandbox.pause(container.id);
    await container.setState({ status: 'paused' });
    this.watch.ended(container);
    announce(this.floor.events, container, 'pause');
  }

  async unpause(container: Container): Promise<void> {
    if (container.state.status !== 'paused') {
      throw conflict({ code: 'container-not-paused', message: `Container ${container.id} is not paused` });
    }
    await this.#resume(container);
  }

  /** Ends a container at once, so that it can be removed. */
  async forceEnd(container: Container): Promise<void> {
    if (container.restart !== undefined) await this.#cancelRestart(container);
    const { run } = container;
    if (run === undefined) return;
    void container.setState({ stopped: true });
    await this.#signalToEnd(container, KILL);
    await run.finished;
  }

  /** Ends a container because the daemon goes: its restart policy stays in force for the next one. */
  async shutDown(container: Container, seconds: number): Promise<void> {
    if (container.restart !== undefined) await this.#cancelRestart(container);
    if (container.run !== undefined) await this.#end(container, container.run, seconds);
  }

  async #end(container: Container, run: Run, seconds?: number, signal?: string): Promise<void> {
    const number = signal === undefined ? stopSignal(container) : signalNumber(signal);
    const grace = seconds ?? container.record.config.StopTimeout ?? STOP_TIMEOUT;
    await this.#signalToEnd(container, number);
    if (grace >= 0) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), grace * 1000);
      });
      const outcome = await Promise.race([run.finished, late]);
      clearTimeout(timer);
      if (outcome === 'late') await this.#signal(container, KILL);
    }
    await run.finished;
  }

  /** One that is paused would get it only when it goes on. */
  async #signalToEnd(container: Container, number: number): Promise<void> {
    await this.#signal(container, number);
    if (container.state.status === 'paused') await this.#resume(container);
  }

  async #resume(container: Container): Promise<void> {
    await this.floor.sandbox.resume(container.id);
    // It may have ended meanwhile.
    if (container.state.status !== 'paused') return;
    await container.setState({ status: 'running' });
    this.watch.resumed(container);
    announce(this.floor.events, container, 'unpause');
  }

  async #signal(container: Container, number: number): Promise<void> {
    try {
      await this.floor.sandbox.kill(container.id, number);
    } catch (error) {
      // It has ended meanwhile, which is what signals are mostly for.
      if (!(error instanceof EngineError && (error.kind === 'conflict' || error.kind === 'not-found'))) throw error;
      return;
    }
    announce(this.floor.events, container, 'kill', { signal: String(number) });
  }

  async #launch(container: Container): Promise<void> {
    let startedAt = timestamp();
    let launched: Launched;
    try {
      launched = await launch(this.floor, container, this.neighbours, () => {
        startedAt = timestamp();
      });
    } catch (error) {
      await this.#failedToStart(container, error);
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
    else if (container.state.status === 'running') this.watch.resumed(container);
  }

  #follow(container: Container, launched: Launched): Run {
    const { process } = launched;
    container.input.connect(process.stdin);
    container.output.connect(process.listen, launched.listened);
    const pumped = pumpOutput(process, container.output);
    const run: Run = { ...launched, finished: pumped.then(() => this.#finish(container, launched)) };
    container.run = run;
    return run;
  }

  async #failedToStart(container: Container, error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    const exitCode = error instanceof EngineError ? exitCodeOf(error) : 128;
    await container.setState({
      status: container.state.startedAt.startsWith('0001') ? 'created' : 'exited',
      exitCode,
      error: message,
    });
    container.output.end();
    container.input.disconnect();
    container.waiters.announce('exit', { StatusCode: exitCode, Error: null });
    if (container.record.hostConfig.AutoRemove && !this.closing) queueMicrotask(() => void this.autoRemove(container));
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
    announce(floor.events, container, 'die', { exitCode: String(exit.exitCode) });
    announceNetworks(floor.events, 'disconnect', container.id, attachment);
    announceVolumes(floor.events, 'unmount', container);
    const restarts = !this.closing && wantsRestart(container.record);
    if (restarts) this.#scheduleRestart(container);
    else container.lastRestartDelay = undefined;
    container.waiters.announce('exit', { StatusCode: exit.exitCode, Error: null });
    if (!restarts && container.record.hostConfig.AutoRemove) queueMicrotask(() => void this.autoRemove(container));
  }

  #scheduleRestart(container: Container): void {
    const ranFor = Date.parse(container.state.finishedAt) - Date.parse(container.state.startedAt);
    const delay = nextDelay(container.lastRestartDelay, ranFor);
    container.lastRestartDelay = delay;
    void container.setState({ status: 'restarting' });
    const timer = setTimeout(() => void this.#restartNow(container), delay);
    container.restart = { cancel: () => clearTimeout(timer) };
  }

  #restartNow(container: Container): Promise<void> {
    return container.serial.run(async () => {
      if (container.state.status !== 'restarting') return;
      container.restart = undefined;
      await container.update({ restartCount: container.record.restartCount + 1 });
      try {
        await this.#launch(container);
      } catch (error) {
        this.floor.log.warn(`restarting ${container.name} failed: ${String(error)}`);
      }
    });
  }

  async #cancelRestart(container: Container): Promise<void> {
    container.restart?.cancel();
    container.restart = undefined;
    if (container.state.status === 'restarting') await container.setState({ status: 'exited', stopped: !this.closing });
  }
}

function stopSignal(container: Container): number {
  return signalNumber(container.record.config.StopSignal || 'SIGTERM');
}

/** What the docker CLI exits with where a container cannot be started. */
function exitCodeOf(error: EngineError): number {
  if (error.code === 'command-not-found') return 127;
  return error.code === 'command-not-executable' ? 126 : 128;
}

/** The error for what only a running container can do. */
export function notRunning(container: Container, before = ''): EngineError {
  return conflict({
    code: 'container-not-running',
    message: `${before}Container ${container.id} is not running`,
    subject: container.id,
  });
}

/** The error for a container that is being removed. */
export function beingRemoved(container: Container): EngineError {
  return conflict({
    code: 'container-being-removed',
    message: `removal of container ${container.id} is already in progress`,
    subject: container.id,
  });
}
