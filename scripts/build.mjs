// Bundles the programs into dist/. Usage: node scripts/build.mjs [--watch] [--production]
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureNpmPackages } from './setup/npm-packages.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);
await ensureNpmPackages(root);
const { context } = await import('esbuild');

const production = process.argv.includes('--production');
const shared = {
  bundle: true,
  sourcemap: !production,
  minify: production,
  legalComments: 'none',
  logLevel: 'warning',
  define: { 'process.env.LAPSTRAKE_PRODUCTION': JSON.stringify(String(production)) },
};
const node = {
  ...shared,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode', 'koffi', 'cpu-features'],
};
const browser = {
  ...shared,
  platform: 'browser',
  format: 'esm',
  target: 'es2022',
  loader: { '.ttf': 'file', '.svg': 'text' },
};

/** One program a line: what runs, and where it lands. */
const programs = [
  { ...node, entryPoints: { client: 'client/extension.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { server: 'server/main.ts' }, outdir: 'dist' },
  {
    ...node,
    entryPoints: {
      lapstraked: 'runtime/lapstraked.ts',
      lapstrake: 'runtime/cli/main.ts',
      'sandbox-init': 'runtime/sandbox/init/main.ts',
      'network-thread': 'runtime/networks/thread/main.ts',
      'container-files': 'runtime/containers/files/main.ts',
    },
    outdir: 'dist',
    banner: { js: '#!/usr/bin/env node' },
  },
  { ...browser, entryPoints: { stats: 'media/stats/page.ts', layers: 'media/layers/page.ts' }, outdir: 'dist/media' },
];

if (production) await rm('dist', { recursive: true, force: true });
const contexts = await Promise.all(programs.map((options) => context(options)));
if (process.argv.includes('--watch')) {
  await Promise.all(contexts.map((c) => c.watch()));
  console.log('watching');
} else {
  try {
    await Promise.all(contexts.map((c) => c.rebuild()));
  } catch (error) {
    // What is wrong in the sources is said already.
    if (!Array.isArray(error.errors)) throw error;
    process.exitCode = 1;
  } finally {
    await Promise.all(contexts.map((c) => c.dispose()));
  }
}
