/** What went wrong, in the one vocabulary that `api/status.ts` maps to HTTP statuses. */
export type ErrorKind =
  | 'not-found'
  | 'invalid'
  | 'conflict'
  | 'unauthorized'
  | 'forbidden'
  | 'unavailable'
  | 'not-modified'
  | 'unsupported'
  | 'cancelled'
  | 'internal';

export interface ErrorDetails {
  /** Stable name of this error, `<subject>-<what>`: `container-name-taken`. */
  readonly code: string;
  /** What failed, which object, what to do: one sentence a user reads. */
  readonly message: string;
  /** Name or ID of the object it happened to. */
  readonly subject?: string | undefined;
  readonly cause?: unknown;
  /** What the user can do next, one action each. */
  readonly remedies?: readonly string[];
}

/** The only error that the engine throws on purpose: anything else that reaches the API is a bug and is logged as one. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: string;
  readonly subject: string | undefined;
  readonly remedies: readonly string[];

  constructor(
    readonly kind: ErrorKind,
    details: ErrorDetails,
  ) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.subject = details.subject;
    this.remedies = details.remedies ?? [];
  }
}

export const notFound = (details: ErrorDetails): EngineError => new EngineError('not-found', details);
export const invalid = (details: ErrorDetails): EngineError => new EngineError('invalid', details);
export const conflict = (details: ErrorDetails): EngineError => new EngineError('conflict', details);
export const unauthorized = (details: ErrorDetails): EngineError => new EngineError('unauthorized', details);
export const forbidden = (details: ErrorDetails): EngineError => new EngineError('forbidden', details);
export const unavailable = (details: ErrorDetails): EngineError => new EngineError('unavailable', details);
export const notModified = (details: ErrorDetails): EngineError => new EngineError('not-modified', details);
export const unsupported = (details: ErrorDetails): EngineError => new EngineError('unsupported', details);
export const cancelled = (details: ErrorDetails): EngineError => new EngineError('cancelled', details);
export const internal = (details: ErrorDetails): EngineError => new EngineError('internal', details);

/** True for an EngineError of that kind. */
export function isKind(error: unknown, kind: ErrorKind): error is EngineError {
  return error instanceof EngineError && error.kind === kind;
}

/** Does some work; what it fails with says first what was being done: `Cannot kill container: x: No such container: x`. */
export async function inContext<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { kind, code, subject, remedies, message } = error;
    throw new EngineError(kind, { code, subject, remedies, message: `${doing}: ${message}`, cause: error });
  }
}
