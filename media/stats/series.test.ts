import { expect, it } from 'vitest';
import type { StatsSample } from '../../protocol/engine/stats-sample.ts';
import { levels, rates } from './series.ts';

const at = (seconds: number, received: number): StatsSample => ({
  time: seconds * 1000,
  cpuPercent: seconds,
  memory: 0,
  memoryLimit: 0,
  received,
  sent: 0,
  blockRead: 0,
  blockWritten: 0,
  processes: 1,
});

it('gives how fast a total grows', () => {
  const line = rates([at(1, 100), at(2, 300), at(4, 400)], (sample) => sample.received);
  expect(line).toEqual({ times: [1, 2, 4], values: [null, 200, 50] });
});

it('interrupts the line where samples are missing, and where a total falls', () => {
  expect(levels([at(1, 0), at(20, 0)], (sample) => sample.cpuPercent)).toEqual({
    times: [1, 2, 20],
    values: [1, null, 20],
  });
  expect(rates([at(1, 500), at(2, 0)], (sample) => sample.received).values).toEqual([null, null]);
});
