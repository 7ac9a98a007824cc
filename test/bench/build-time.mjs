// How long `docker build` of the bulletin board takes: with nothing in the cache, with everything, and with a changed file.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../../scripts/setup/setup.mjs';
import { timeDocker } from './docker-command.mjs';
import { median } from './figures.mjs';

const TAG = 'bench-bulletin-board';

/**
 * Builds the example on every engine, taking turns; medians in milliseconds. The base image is there before.
 * @param {readonly import('./engines.mjs').Engine[]} engines
 * @returns {Promise<{ engine: string, cold: number, cached: number, changed: number }[]>}
 */
export async function buildTime(engines, rounds = 5) {
  const context = await mkdtemp(path.join(tmpdir(), 'lapstrake-bench-context-'));
  try {
    await cp(path.join(ROOT, 'examples/bulletin-board'), context, { recursive: true });
    for (const engine of engines) await timeDocker(engine, 'pull', '-q', 'node:current-slim');
    const kinds = { cold: ['--no-cache'], cached: [], changed: [] };
    const times = new Map(engines.map(({ name }) => [name, { cold: [], cached: [], changed: [] }]));
    for (let round = 0; round < rounds; round++) {
      for (const [kind, options] of Object.entries(kinds)) {
        if (kind === 'changed') await writeFile(path.join(context, 'public/changed.txt'), `round ${round}\n`);
        for (const engine of engines) {
          times.get(engine.name)[kind].push(await timeDocker(engine, 'build', '-t', TAG, ...options, context));
        }
      }
    }
    return [...times].map(([engine, { cold, cached, changed }]) => ({
      engine,
      cold: median(cold),
      cached: median(cached),
      changed: median(changed),
    }));
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
