import { readSample, type StatsSample } from '../../protocol/engine/stats-sample.ts';
import type { Stats } from './records.ts';

/** Figures of a container as `docker stats` shows them; bytes. */
export interface StatsFigures extends Omit<StatsSample, 'time'> {
  readonly id: string;
  readonly name: string;
  readonly memoryPercent: number;
}

/** Reads the figures of one record of `GET /containers/{id}/stats`; undefined for what is none. */
export function statsFigures(stats: Stats): StatsFigures | undefined {
  const sample = readSample(stats);
  if (sample === undefined) return undefined;
  const { time, ...figures } = sample;
  const memoryPercent = figures.memoryLimit > 0 ? (figures.memory / figures.memoryLimit) * 100 : 0;
  return { id: stats.id.slice(0, 12), name: stats.name.replace(/^\//, ''), ...figures, memoryPercent };
}
