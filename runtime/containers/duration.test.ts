import { expect, test } from 'vitest';
import { humanDuration } from './duration.ts';

test.each([
  [300, 'Less than a second'],
  [1000, '1 second'],
  [59_000, '59 seconds'],
  [60_000, 'About a minute'],
  [46 * 60_000, '46 minutes'],
  [3_600_000, 'About an hour'],
  [47 * 3_600_000, '47 hours'],
  [3 * 86_400_000, '3 days'],
  [21 * 86_400_000, '3 weeks'],
  [100 * 86_400_000, '3 months'],
  [800 * 86_400_000, '2 years'],
])('%d ms is %s', (milliseconds, words) => {
  expect(humanDuration(milliseconds)).toBe(words);
});
