// What memory an engine takes while it builds an image of a large context.
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { peakMemory } from './processes.mjs';

/** Of the contexts, in MiB. */
export const SIZES = { small: 200, large: 1000 };
const MIB_EACH = 4;

/**
 * The most memory that an engine and its processes take while each builder copies contexts of both sizes, in bytes. The base
 * image is there before.
 * @param {Awaited<ReturnType<typeof import('./builders.mjs').buildersOf>>} builders
 * @returns {Promise<{ builder: string, small: number, large: number }[]>}
 */
export async function buildPeaks(builders) {
  const peaks = new Map(builders.map(({ name }) => [name, {}]));
  for (const [size, mebibytes] of Object.entries(SIZES)) {
    const context = await mkdtemp(path.join(tmpdir(), 'lapstrake-bench-context-'));
    try {
      await write(context, mebibytes);
      for (const { name, engine, build } of builders) {
        peaks.get(name)[size] = await peakMemory(engine.pid, () => build('--no-cache', '-t', 'bench-peak', context));
      }
    } finally {
      await rm(context, { recursive: true, force: true });
    }
  }
  return [...peaks].map(([builder, { small, large }]) => ({ builder, small, large }));
}

async function write(context, mebibytes) {
  await mkdir(path.join(context, 'src'));
  for (let at = 0; at < mebibytes / MIB_EACH; at++) {
    await writeFile(path.join(context, 'src', String(at)), randomBytes(MIB_EACH << 20));
  }
  await writeFile(path.join(context, 'Dockerfile'), 'FROM busybox\nCOPY src /src/\n');
}
