import type { ContainerConfig } from '../../protocol/engine/container-config.ts';
import { invalid } from '../errors.ts';

type Healthcheck = NonNullable<ContainerConfig['Healthcheck']>;

const SECOND = 1_000_000_000;
const MILLISECOND = 1_000_000;
const DURATIONS = ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const;

/** How a container's health is tested; milliseconds. */
export interface HealthProbe {
  readonly command: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  /** Failures of tests that begin in so much time after the start do not count. */
  readonly startPeriod: number;
  /** The interval until it has been healthy once, within the start period. */
  readonly startInterval: number;
  readonly retries: number;
}

/** What a user says over what the image says, field by field; `["NONE"]` takes the image's check away. */
export function mergeHealthcheck(
  wanted: Healthcheck | undefined,
  image: Healthcheck | undefined,
): Healthcheck | undefined {
  if (wanted === undefined || image === undefined) return wanted ?? image;
  return {
    Test: wanted.Test?.length ? wanted.Test : image.Test,
    Interval: wanted.Interval || image.Interval,
    Timeout: wanted.Timeout || image.Timeout,
    StartPeriod: wanted.StartPeriod || image.StartPeriod,
    StartInterval: wanted.StartInterval || image.StartInterval,
    Retries: wanted.Retries || image.Retries,
  };
}

/** Errors: EngineError `invalid` with Docker's text. */
export function checkHealthcheck(check: Healthcheck | undefined): void {
  for (const name of DURATIONS) {
    const value = check?.[name] ?? 0;
    if (value !== 0 && value < MILLISECOND) throw bad(`${name} in Healthcheck cannot be less than 1ms`);
  }
  if ((check?.Retries ?? 0) < 0) throw bad('Retries in Healthcheck cannot be negative');
  const kind = check?.Test?.[0];
  if (kind !== undefined && !['', 'NONE', 'CMD', 'CMD-SHELL'].includes(kind)) {
    throw bad(`Unknown healthcheck type '${kind}' (expected 'CMD')`);
  }
}

/** The probe that a container's config describes, with Docker's defaults; undefined where it has none. */
export function healthProbe({ Healthcheck: check, Shell: shell }: ContainerConfig): HealthProbe | undefined {
  const [kind = 'NONE', ...words] = check?.Test ?? [];
  if (check === undefined || kind === 'NONE' || kind === '') return undefined;
  const time = (nanoseconds: number | undefined, seconds: number): number =>
    (nanoseconds || seconds * SECOND) / MILLISECOND;
  return {
    command: kind === 'CMD-SHELL' ? [...(shell ?? ['/bin/sh', '-c']), words.join(' ')] : words,
    interval: time(check.Interval, 30),
    timeout: time(check.Timeout, 30),
    startPeriod: time(check.StartPeriod, 0),
    startInterval: time(check.StartInterval, 5),
    retries: check.Retries || 3,
  };
}

function bad(message: string) {
  return invalid({ code: 'healthcheck-invalid', message });
}
