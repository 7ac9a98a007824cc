// How long images take on their ways in and out of an engine, listed by the hundred, and started from many layers.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { startDockerRegistry } from '../../../scripts/fixtures/docker-registry.mjs';
import { push } from '../../../scripts/fixtures/push.mjs';
import { run } from '../../../scripts/setup/run.mjs';
import { timeDocker } from '../docker-command.mjs';
import { median, percentile } from '../figures.mjs';
import { processorTime } from '../processes.mjs';
import { imageFolder } from './fixtures.mjs';

const MANY = 500;

/**
 * @typedef {object} Figure in milliseconds
 * @property {string} engine
 * @property {number} median
 * @property {number} p95
 * @property {number} processor what the engine's processes worked, median
 */

/**
 * Measures every engine `rounds` times for each of the ways, taking turns, as a person waits for it: `docker` from its
 * start to its end. Every pull and every load brings an image that was never there before: nothing is removed meanwhile,
 * since ext4 makes files more slowly for minutes after many were deleted, whoever makes them.
 * @param {readonly import('../engines.mjs').Engine[]} engines
 * @returns {AsyncGenerator<{ title: string, rounds: number, figures: Figure[] }>}
 */
export async function* imageTimes(engines, rounds = 6) {
  const images = await imageFolder();
  const registry = await startDockerRegistry();
  if (registry === undefined) throw new Error('docker-registry is not installed');
  const ground = { engines, images, registry, library: `${new URL(registry.url).host}/library` };
  try {
    yield await pullTime(ground, rounds);
    const pulled = `${ground.library}/eight-0`;
    yield await pushTime(ground, 'as it was pulled', pulled, rounds);
    yield await saveTime(ground, 'as it was pulled', pulled, rounds);
    yield await loadTime(ground, rounds);
    yield await pushTime(ground, 'as it was loaded', `eight-${rounds + 1}`, rounds);
    yield await saveTime(ground, 'as it was loaded', `eight-${rounds + 1}`, rounds);
    yield await runTime(ground, 2 * rounds);
    yield await listTime(ground, 2 * rounds);
  } finally {
    await registry.stop();
    await images.dispose();
  }
}

function pullTime({ engines, images, registry, library }, rounds) {
  const prepare = async (round) => {
    const layout = await images.eight(round);
    await push(registry.url, layout);
    await rm(layout, { recursive: true });
    return `${library}/${path.basename(layout)}`;
  };
  return measure('docker pull, 8 layers', engines, rounds, (name) => ['pull', '-q', name], { prepare });
}

/** Each time to a registry that is empty and was never spoken to. */
function pushTime({ engines }, how, image, rounds) {
  const before = async (engine) => {
    const registry = await startDockerRegistry();
    const name = `${new URL(registry.url).host}/library/pushed`;
    await timeDocker(engine, 'tag', image, name);
    return { registry, name };
  };
  const after = (_engine, { registry }) => registry.stop();
  const command = (_, { name }) => ['push', '-q', name];
  return measure(`docker push, 8 layers, ${how}`, engines, rounds, command, { before, after });
}

function saveTime({ engines, images }, how, image, rounds) {
  const file = path.join(images.folder, 'saved.tar');
  const after = () => rm(file);
  return measure(`docker save, 8 layers, ${how}`, engines, rounds, () => ['save', '-o', file, image], { after });
}

function loadTime({ engines, images }, rounds) {
  let last;
  const prepare = async (round) => {
    if (last !== undefined) await rm(last);
    const layout = await images.eight(rounds + 1 + round);
    last = await images.archive(layout);
    await rm(layout, { recursive: true });
    return last;
  };
  return measure('docker load, 8 layers', engines, rounds, (file) => ['load', '-q', '-i', file], { prepare });
}

async function runTime({ engines, images, registry, library }, rounds) {
  const layout = await images.sixty();
  await push(registry.url, layout);
  const name = `${library}/${path.basename(layout)}`;
  for (const engine of engines) await timeDocker(engine, 'pull', '-q', name);
  return measure('docker run --rm, 60 layers', engines, rounds, () => ['run', '--rm', name, 'true']);
}

async function listTime({ engines, images }, rounds) {
  const many = await images.many(MANY);
  for (const engine of engines) await timeDocker(engine, 'load', '-q', '-i', many);
  return measure(`docker images, ${MANY} images`, engines, rounds, () => ['images']);
}

/**
 * `prepare` makes what a round is about, `before` and `after` what one engine needs. A first round, in which caches are
 * filled, does not count; who begins changes from round to round, and what one has written is on the disk before another's
 * turn.
 */
async function measure(title, engines, rounds, command, { prepare, before: ready, after } = {}) {
  const turns = new Map(engines.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    const about = await prepare?.(round);
    for (const engine of round % 2 === 0 ? engines : [...engines].reverse()) {
      const made = await ready?.(engine);
      await run('sync', []);
      const before = await processorTime(engine.pid);
      const time = await timeDocker(engine, ...command(about, made));
      const processor = (await processorTime(engine.pid)) - before;
      if (round > 0) turns.get(engine.name).push({ time, processor });
      await after?.(engine, made);
    }
  }
  return { title, rounds, figures: [...turns].map(([engine, each]) => figureOf(engine, each)) };
}

function figureOf(engine, turns) {
  const times = turns.map(({ time }) => time);
  const processor = median(turns.map((turn) => turn.processor));
  return { engine, median: median(times), p95: percentile(times, 0.95), processor };
}
