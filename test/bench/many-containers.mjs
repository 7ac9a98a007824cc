// How engines fare as containers grow in number: their memory, and how long it takes to start, list and measure.
import { once } from 'node:events';
import path from 'node:path';
import Docker from 'dockerode';
import { median } from './figures.mjs';
import { holdersMemory, residentMemory } from './processes.mjs';

const IMAGE = 'busybox';
const STEP = 20;
const MOST = 100;
const LISTS = 10;
const MIB = 1024 * 1024;

/**
 * Grows each engine to a hundred containers, whose stats are all streamed, and takes them away again.
 * @param {readonly import('./engines.mjs').Engine[]} engines
 * @returns {Promise<{ counts: number[], measures: { title: string, unit: 'ms' | 'MiB', lines: Map<string, number[]> }[] }>}
 *   for each measure a line of an engine's figures, one for each count of containers
 */
export async function manyContainers(engines) {
  const counts = Array.from({ length: MOST / STEP }, (_, i) => (i + 1) * STEP);
  const of = (title, unit) => ({ title, unit, lines: new Map(engines.map(({ name }) => [name, []])) });
  const started = of(`start of ${STEP} more at once, for each`, 'ms');
  const listed = of('list of all', 'ms');
  const stopped = of(`stop of ${STEP} at once, for each, with as many running`, 'ms');
  const memory = of('resident memory of the daemon, all stats streamed', 'MiB');
  const holders = of('resident memory of what holds the containers', 'MiB');
  for (const engine of engines) {
    const docker = new Docker({ socketPath: engine.socket });
    await docker.pull(IMAGE).then((stream) => once(stream.resume(), 'end'));
    const running = [];
    const streams = [];
    for (const count of counts) {
      started.lines.get(engine.name).push((await timed(() => startMore(docker, running, count))) / STEP);
      const lists = [];
      for (let i = 0; i < LISTS; i++) lists.push(await timed(() => docker.listContainers()));
      listed.lines.get(engine.name).push(median(lists));
      streams.push(...(await Promise.all(running.slice(streams.length).map(streamStats))));
      memory.lines.get(engine.name).push((await residentMemory(engine.pid)) / MIB);
      holders.lines.get(engine.name).push((await holdersMemory(path.dirname(engine.socket))) / MIB);
    }
    for (const stream of streams) stream.destroy();
    while (running.length > 0) {
      const some = running.splice(-STEP);
      stopped.lines.get(engine.name).unshift((await timed(() => together(some, 'stop', { t: 0 }))) / STEP);
      await together(some, 'remove');
    }
  }
  return { counts, measures: [memory, holders, started, listed, stopped] };
}

async function startMore(docker, running, count) {
  const more = Array.from({ length: count - running.length }, async () => {
    const container = await docker.createContainer({ Image: IMAGE, Cmd: ['sleep', '1000000'] });
    await container.start();
    return container;
  });
  running.push(...(await Promise.all(more)));
}

/** Gives the stream once its second figures are there, which tell the processor's use. */
async function streamStats(container) {
  const stream = await container.stats({ stream: true });
  for (let i = 0; i < 2; i++) await once(stream, 'data');
  stream.resume();
  return stream;
}

const together = (containers, method, ...args) => Promise.all(containers.map((each) => each[method](...args)));

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
