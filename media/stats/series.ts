import type { StatsSample } from '../../protocol/engine/stats-sample.ts';

/** Seconds without a sample after which the line is interrupted: the page was hidden, or the container stopped. */
const GAP = 5;

/** One line of a chart: seconds of Unix time, and values; null interrupts the line. */
export interface Line {
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

/** The values of a figure over time. */
export function levels(samples: readonly StatsSample[], figure: (sample: StatsSample) => number): Line {
  return line(samples, (sample) => figure(sample));
}

/** How fast a total grows, a second. A total that fell (the container was started again) interrupts the line. */
export function rates(samples: readonly StatsSample[], total: (sample: StatsSample) => number): Line {
  return line(samples, (sample, before) => {
    if (before === undefined) return null;
    const seconds = (sample.time - before.time) / 1000;
    const grown = total(sample) - total(before);
    return seconds > 0 && grown >= 0 ? grown / seconds : null;
  });
}

function line(
  samples: readonly StatsSample[],
  value: (sample: StatsSample, before: StatsSample | undefined) => number | null,
): Line {
  const times: number[] = [];
  const values: (number | null)[] = [];
  let before: StatsSample | undefined;
  for (const sample of samples) {
    const time = sample.time / 1000;
    const interrupted = before !== undefined && time - before.time / 1000 > GAP;
    if (interrupted && before !== undefined) {
      times.push(before.time / 1000 + 1);
      values.push(null);
    }
    times.push(time);
    values.push(value(sample, interrupted ? undefined : before));
    before = sample;
  }
  return { times, values };
}
