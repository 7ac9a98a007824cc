// How long `docker run --rm busybox echo hi` takes from outside, engine against engine.
import { timeDocker } from './docker-command.mjs';
import { median, percentile } from './figures.mjs';

const RUN = ['run', '--rm', 'busybox', 'echo', 'hi'];

/**
 * Measures every engine `rounds` times, taking turns, so that whatever else the machine does falls on all of them; who
 * begins changes from round to round. A first run each, in which the image is pulled and caches are filled, does not count.
 * @param {readonly import('./engines.mjs').Engine[]} engines
 * @returns {Promise<{ engine: string, times: number[], median: number, p95: number }[]>}
 */
export async function runLatency(engines, rounds = 20) {
  const times = new Map(engines.map(({ name }) => [name, []]));
  for (const engine of engines) await timeDocker(engine, ...RUN);
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? engines : [...engines].reverse();
    for (const engine of order) times.get(engine.name).push(await timeDocker(engine, ...RUN));
  }
  return [...times].map(([engine, each]) => ({
    engine,
    times: each,
    median: median(each),
    p95: percentile(each, 0.95),
  }));
}
