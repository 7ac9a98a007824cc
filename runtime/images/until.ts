import { parseDuration } from '../../core/dockerfile/duration.ts';
import { invalid } from '../errors.ts';

/**
 * What an `until` filter says: RFC 3339, a date, seconds since the epoch, or how long ago in Go's words (`24h`), as
 * nanoseconds since the epoch. Error: EngineError `invalid`.
 */
export function readUntil(text: string, now: Date): bigint {
  const seconds = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text);
  if (seconds !== null) return BigInt(seconds[1]!) * 1_000_000_000n + BigInt((seconds[2] ?? '').padEnd(9, '0'));
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return BigInt(time) * 1_000_000n;
  const ago = parseDuration(text);
  if (typeof ago === 'number' && !text.startsWith('-')) {
    return BigInt(now.getTime()) * 1_000_000n - BigInt(Math.round(ago));
  }
  throw invalid({
    code: 'filter-invalid',
    message: `failed to parse the filter until=${text}: it is neither a time nor a duration such as 24h`,
    subject: text,
  });
}
