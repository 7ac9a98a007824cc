import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';
import { ENGINE_PROGRAMS, KEEPERS } from '../../scripts/engine-programs.mjs';

const ROOT = resolve(import.meta.dirname, '../..');

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the engine's programs: bundled once for all files of a suite. */
    programs: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cache = join(ROOT, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const outdir = await mkdtemp(join(cache, 'lapstrake-engine-'));
  await build({
    absWorkingDir: ROOT,
    entryPoints: ENGINE_PROGRAMS,
    outdir,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['koffi'],
    logLevel: 'error',
  });
  const keepers = join(ROOT, KEEPERS);
  for (const name of await readdir(keepers)) await copyFile(join(keepers, name), join(outdir, name));
  project.provide('programs', outdir);
  return () => rm(outdir, { recursive: true, force: true });
}
