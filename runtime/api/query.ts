import * as z from 'zod/mini';
import { normalisePlatform, type Platform, parsePlatform } from '../../core/image/platform.ts';
import { type Filters, parseFilters } from '../../protocol/engine/filters.ts';
import { parseTimestamp } from '../containers/timestamp.ts';
import { invalid } from '../errors.ts';

const FALSE = new Set(['', '0', 'no', 'false', 'none']);

/** The query of a request, read by the rules of Docker's API. */
export class Query {
  constructor(private readonly values: URLSearchParams) {}

  /** Undefined where it is missing or empty. */
  text(name: string): string | undefined {
    return this.values.get(name) || undefined;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw bad(name, 'is missing');
    return value;
  }

  all(name: string): string[] {
    return this.values.getAll(name);
  }

  flag(name: string, fallback = false): boolean {
    const value = this.values.get(name);
    return value === null ? fallback : !FALSE.has(value.trim().toLowerCase());
  }

  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^-?\d+$/.test(value)) throw bad(name, `is not a number: ${value}`);
    return Number(value);
  }

  /** `linux/arm64`, or the OCI's platform as JSON, as newer clients write it. */
  platform(name: string): Platform | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : readPlatform(name, value);
  }

  /** The same, as often as it is named. */
  platforms(name: string): Platform[] {
    return this.values.getAll(name).map((value) => readPlatform(name, value));
  }

  filters(): Filters {
    const filters = parseFilters(this.values.get('filters') ?? undefined);
    if (filters === undefined) throw bad('filters', 'is neither a map of maps nor a map of lists');
    return filters;
  }

  /** Unix time with fractions, or RFC 3339, as milliseconds since the epoch; undefined where missing. */
  moment(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const time = parseTimestamp(value);
    if (Number.isNaN(time)) throw bad(name, `is not a time: ${value}`);
    return time;
  }

  /** The same of logs, where 0 is no time. */
  time(name: string): number | undefined {
    return this.moment(name) || undefined;
  }
}

function readPlatform(name: string, value: string): Platform {
  const platform = value.startsWith('{') ? platformOfJson(value) : parsePlatform(value);
  if (platform === undefined) throw bad(name, `is no platform: ${value}`);
  return platform;
}

const PlatformJson = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.optional(z.string()),
});

function platformOfJson(text: string): Platform | undefined {
  try {
    return normalisePlatform(z.parse(PlatformJson, JSON.parse(text)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.core.$ZodError) return undefined;
    throw error;
  }
}

function bad(name: string, what: string) {
  return invalid({ code: 'query-invalid', message: `invalid query: ${name} ${what}`, subject: name });
}
