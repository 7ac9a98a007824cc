import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { cancelled, EngineError } from '../errors.ts';
import type { HttpAnswer } from './http-client.ts';
import { isTransient, unreachable } from './network-error.ts';

/** Milliseconds before each new attempt. */
const DELAYS = [250, 1000, 3000];
/** Milliseconds that a busy server may have us wait at most: beyond, it is told to the user. */
const LONGEST_WAIT = 60_000;

export interface RetryOptions {
  /** Milliseconds before each new attempt. */
  readonly delays?: readonly number[] | undefined;
  /** Told before each new attempt, with the milliseconds until then. */
  readonly onRetry?: ((delay: number) => void) | undefined;
  /** Which broken connections are worth a new attempt. */
  readonly mayPass?: (error: unknown) => boolean;
}

/**
 * Asks again after broken connections, 429 and 5xx, as patiently as the server wants it (RFC 9110, Retry-After). Gives the
 * last answer. Errors: EngineError `unavailable` where none came, `cancelled`.
 */
export async function retrying(
  url: string,
  ask: () => Promise<HttpAnswer>,
  { delays = DELAYS, onRetry, mayPass = isTransient }: RetryOptions,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  for (const next of [...delays, undefined]) {
    let delay = next;
    try {
      const answer = await ask();
      if (answer.status !== 429 && answer.status < 500) return answer;
      const asked = retryAfter(answer.headers);
      if (delay === undefined || asked > LONGEST_WAIT) return answer;
      answer.body.destroy();
      delay = Math.max(delay, asked);
    } catch (error) {
      if (signal.aborted) throw hungUp(signal);
      if (error instanceof EngineError) throw error;
      if (delay === undefined || !mayPass(error)) throw unreachable(url, error);
    }
    onRetry?.(delay);
    await sleep(delay, undefined, { signal }).catch(() => {
      throw hungUp(signal);
    });
  }
  throw new Error('not reached: the last attempt returns or throws');
}

/** The error of work that was given up. */
export function hungUp(signal: AbortSignal): EngineError {
  return cancelled({ code: 'registry-cancelled', message: 'the transfer was cancelled', cause: signal.reason });
}

/** Milliseconds that the server wants us to wait. */
function retryAfter(headers: IncomingHttpHeaders): number {
  const text = headers['retry-after'] ?? '';
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(wait) ? Math.max(wait, 0) : 0;
}
