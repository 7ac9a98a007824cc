import * as z from 'zod/mini';

/** One event of `GET /events` (Docker Engine API, SystemEvents), as far as the extension reads it. */
export interface EngineEvent {
  readonly type: string;
  /** `start`, `die`, `exec_start: sh`… */
  readonly action: string;
  readonly id: string;
  /** Milliseconds since the epoch of the engine's clock; 0 where the engine does not say. */
  readonly time: number;
  readonly attributes: Readonly<Record<string, string>>;
}

const Wire = z.object({
  Type: z.optional(z.string()),
  Action: z.optional(z.string()),
  Actor: z.optional(
    z.object({ ID: z.optional(z.string()), Attributes: z.optional(z.nullable(z.record(z.string(), z.string()))) }),
  ),
  status: z.optional(z.string()),
  id: z.optional(z.string()),
  time: z.optional(z.number()),
  timeNano: z.optional(z.number()),
});

/** Reads one event; undefined for what is none. Podman leaves out `Type` and `Action` at times: then the old fields serve. */
export function parseEvent(value: unknown): EngineEvent | undefined {
  const parsed = Wire.safeParse(value);
  if (!parsed.success) return undefined;
  const { Type, Action, Actor, status, id, time, timeNano } = parsed.data;
  const action = Action ?? status;
  if (action === undefined) return undefined;
  return {
    type: Type ?? 'container',
    action,
    id: Actor?.ID ?? id ?? '',
    time: timeNano === undefined ? (time ?? 0) * 1000 : timeNano / 1e6,
    attributes: Actor?.Attributes ?? {},
  };
}
