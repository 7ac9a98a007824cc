import type { EventBus } from '../events/event-bus.ts';
import { announce } from './announce.ts';
import type { Container } from './container.ts';
import type { Execs } from './execs.ts';
import { runProbe } from './health-probe.ts';
import type { HealthResult, HealthStatus } from './health-state.ts';
import { type HealthProbe, healthProbe } from './healthcheck.ts';

/** Results that are kept. */
const KEPT = 5;

/** Tests the health of containers that say how, as long as they run. */
export class HealthChecks {
  readonly #stops = new Map<string, AbortController>();

  constructor(
    private readonly execs: Execs,
    private readonly events: EventBus,
  ) {}

  /** The container has started: its health is `starting`, and is tested from now on. What tests of earlier runs gave stays. */
  started(container: Container): void {
    this.ended(container);
    const probe = healthProbe(container.record.config);
    container.health = probe && { status: 'starting', failingStreak: 0, log: container.health?.log ?? [] };
    this.resumed(container);
  }

  /** Goes on testing after a pause. */
  resumed(container: Container): void {
    const probe = healthProbe(container.record.config);
    if (probe === undefined || this.#stops.has(container.id)) return;
    container.health ??= { status: 'starting', failingStreak: 0, log: [] };
    const stop = new AbortController();
    this.#stops.set(container.id, stop);
    void this.#watch(container, probe, stop.signal);
  }

  /** It does not run any more, or is paused. */
  ended(container: Container): void {
    const stop = this.#stops.get(container.id);
    if (stop === undefined) return;
    stop.abort();
    this.#stops.delete(container.id);
    // Docker's word for what nobody tests any more; nobody is told.
    if (container.health !== undefined) container.health = { ...container.health, status: 'unhealthy' };
  }

  async #watch(container: Container, probe: HealthProbe, signal: AbortSignal): Promise<void> {
    for (;;) {
      const early = container.health?.status === 'starting' && isEarly(container, probe, Date.now());
      await pause(early ? probe.startInterval : probe.interval, signal);
      if (signal.aborted) return;
      const result = await runProbe(this.execs, container, probe, signal);
      if (signal.aborted) return;
      this.#note(container, probe, result);
    }
  }

  #note(container: Container, probe: HealthProbe, result: HealthResult): void {
    const before = container.health ?? { status: 'starting', failingStreak: 0, log: [] };
    const ok = result.exitCode === 0;
    // A test that began while the container starts, and failed, has not failed yet.
    const counts = before.status !== 'starting' || !isEarly(container, probe, Date.parse(result.start));
    const failingStreak = ok ? 0 : before.failingStreak + (counts ? 1 : 0);
    const status: HealthStatus = ok ? 'healthy' : failingStreak >= probe.retries ? 'unhealthy' : before.status;
    container.health = { status, failingStreak, log: [...before.log, result].slice(-KEPT) };
    if (status !== before.status) announce(this.events, container, `health_status: ${status}`);
  }
}

function isEarly(container: Container, probe: HealthProbe, time: number): boolean {
  return time - Date.parse(container.state.startedAt) < probe.startPeriod;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(milliseconds, 2 ** 31 - 1));
    signal.addEventListener('abort', done, { once: true });
  });
}
