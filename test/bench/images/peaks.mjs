// What memory an engine takes while large images come and go.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { startDockerRegistry } from '../../../scripts/fixtures/docker-registry.mjs';
import { push } from '../../../scripts/fixtures/push.mjs';
import { timeDocker } from '../docker-command.mjs';
import { peakMemory } from '../processes.mjs';
import { imageFolder } from './fixtures.mjs';

/** Of the images, in MiB. */
export const SIZES = { small: 256, large: 1024 };

/**
 * The most memory that an engine takes while it pulls, saves and loads images of both sizes, in bytes; each size with an
 * engine that has done nothing else before.
 * @param {readonly ((registryUrl: string) => Promise<import('../engines.mjs').Engine>)[]} starts
 * @returns {Promise<{ way: string, figures: { engine: string, small: number, large: number }[] }[]>}
 */
export async function imagePeaks(starts) {
  const images = await imageFolder();
  const registry = await startDockerRegistry();
  if (registry === undefined) throw new Error('docker-registry is not installed');
  const ways = new Map(['pull', 'save', 'load'].map((way) => [way, new Map()]));
  try {
    for (const [name, size] of Object.entries(SIZES)) {
      const layout = await images.large(size);
      await push(registry.url, layout);
      const archive = await images.archive(layout);
      const pulled = `${new URL(registry.url).host}/library/${path.basename(layout)}`;
      for (const start of starts) {
        const engine = await start(registry.url);
        try {
          for (const [way, figures] of ways) {
            const peak = await peakOn(way, engine, pulled, archive);
            figures.set(engine.name, { ...figures.get(engine.name), engine: engine.name, [name]: peak });
          }
        } finally {
          await engine.stop();
        }
      }
      await rm(layout, { recursive: true });
      await rm(archive);
    }
  } finally {
    await registry.stop();
    await images.dispose();
  }
  return [...ways].map(([way, figures]) => ({ way, figures: [...figures.values()] }));
}

async function peakOn(way, engine, pulled, archive) {
  const commands = {
    pull: ['pull', '-q', pulled],
    save: ['save', '-o', `${archive}.saved`, pulled],
    load: ['load', '-q', '-i', archive],
  };
  if (way === 'load') await timeDocker(engine, 'rmi', pulled);
  const peak = await peakMemory(engine.pid, () => timeDocker(engine, ...commands[way]));
  if (way === 'save') await rm(`${archive}.saved`);
  return peak;
}
