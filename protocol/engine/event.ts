/** Kinds of objects that events tell of. */
export type EventType = 'container' | 'image' | 'network' | 'volume' | 'daemon' | 'builder';

/** One line of `GET /events`. The lower-case fields repeat the others for containers and images, as old clients expect. */
export interface EventMessage {
  readonly status?: string;
  readonly id?: string;
  readonly from?: string;
  readonly Type: EventType;
  /** `start`; for `exec_create: sh` and its kind, with what follows the colon. */
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly scope: 'local';
  /** Unix time, seconds. */
  readonly time: number;
  /** Unix time, nanoseconds (beyond 2^53, so only to about 256 ns, as in JavaScript clients). */
  readonly timeNano: number;
}
