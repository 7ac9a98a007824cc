import { performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';
import { collectGarbage, trimHeap } from '../os/free-memory.ts';

/** Milliseconds without a request after which the daemon may have nothing to do. */
const REST = 5000;
/** Share of these for which it may have worked all the same: containers' output, somebody who follows events. */
const LITTLE = 0.1;
/** Bytes by which its resident memory has grown since the last time, below which it is left in peace. */
const WORTH = 16 * 1024 * 1024;
/** Milliseconds in which V8's threads give back what a collection has freed. */
const SETTLING = 200;
/** Bytes of room for new objects that an idle daemon may keep, and how many collections are made for less. */
const [ROOM, TIMES] = [8 * 1024 * 1024, 3];

/**
 * Gives back the memory that busy times took, once the daemon has nothing to do. V8 collects when it needs room, not when there
 * is time, and keeps up to 48 MB for new objects; the C library keeps what was freed between two things that live.
 */
export class IdleMemory implements Disposable {
  #timer: NodeJS.Timeout | undefined;
  #mark = performance.eventLoopUtilization();
  /** Resident memory after the last time. */
  #least = 0;

  /** `rest`: as REST. */
  constructor(private readonly rest = REST) {}

  /** A request has come or has been answered. */
  touch(): void {
    this.#mark = performance.eventLoopUtilization();
    this.#wait(this.rest, () => this.#rest());
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #rest(): void {
    if (performance.eventLoopUtilization(this.#mark).utilization > LITTLE) this.touch();
    else if (process.memoryUsage.rss() >= this.#least + WORTH) this.#giveBack(TIMES);
  }

  #giveBack(times: number): void {
    collectGarbage();
    this.#wait(SETTLING, () => {
      trimHeap();
      this.#least = process.memoryUsage.rss();
      // V8 keeps the room while it remembers that much was made of late.
      if (times > 1 && roomForNew() > ROOM) this.#wait(this.rest, () => this.#giveBack(times - 1));
    });
  }

  #wait(milliseconds: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, milliseconds).unref();
  }
}

function roomForNew(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.physical_space_size ?? 0;
}
