import type { EventMessage, EventType } from '../../protocol/engine/event.ts';

/** How many past events `GET /events?since=` can show. */
const KEPT = 1024;

/** Tells what happened to objects of the engine. Events announce state; they never order work. */
export class EventBus {
  readonly #listeners = new Set<(event: EventMessage) => void>();
  readonly #past: EventMessage[] = [];
  #lastNano = 0n;

  constructor(private readonly now: () => number = Date.now) {}

  /** Announces that `action` happened to an object; attributes as Docker names them (`name`, `image`, labels). */
  publish(
    type: EventType,
    action: string,
    id: string,
    attributes: Readonly<Record<string, string>> = {},
    from?: string,
  ): void {
    const event: EventMessage = {
      ...((type === 'container' || type === 'image') && { status: action, id }),
      ...(from !== undefined && { from }),
      Type: type,
      Action: action,
      Actor: { ID: id, Attributes: attributes },
      scope: 'local',
      ...this.#time(),
    };
    this.#past.push(event);
    if (this.#past.length > KEPT) this.#past.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** Past events, oldest first. */
  past(): readonly EventMessage[] {
    return this.#past;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  subscribe(listener: (event: EventMessage) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Distinct, growing times, so that clients can sort. */
  #time(): { time: number; timeNano: number } {
    const milliseconds = this.now();
    const nano = BigInt(milliseconds) * 1_000_000n;
    this.#lastNano = nano > this.#lastNano ? nano : this.#lastNano + 1000n;
    return { time: Math.floor(milliseconds / 1000), timeNano: Number(this.#lastNano) };
  }
}
