import { EngineError, type ErrorKind } from '../errors.ts';

/** The HTTP status of each kind of error (Docker Engine API, Errors). The only place that knows. */
const STATUS = {
  'not-found': 404,
  invalid: 400,
  conflict: 409,
  unauthorized: 401,
  forbidden: 403,
  unavailable: 503,
  'not-modified': 304,
  unsupported: 501,
  cancelled: 499,
  internal: 500,
} as const satisfies Record<ErrorKind, number>;

/** A failure as the API tells it. */
export interface Failure {
  readonly status: number;
  readonly message: string;
  /** An error that nobody classified: a bug, to be logged. */
  readonly bug: boolean;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof EngineError) return { status: STATUS[error.kind], message: error.message, bug: false };
  return { status: 500, message: error instanceof Error ? error.message : String(error), bug: true };
}
