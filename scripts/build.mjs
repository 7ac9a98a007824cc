// Bundles the programs into dist/. Usage: node scripts/build.mjs [--watch] [--production]
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENGINE_PROGRAMS, KEEPERS } from './engine-programs.mjs';
import { ensureNpmPackages } from './setup/npm-packages.mjs';
import { takenApartOnce } from './taken-apart-once.mjs';

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
};
const node = {
  ...shared,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // What ssh2 compiles for itself where it can, and does without where it is not there, differs from machine to machine.
  external: ['vscode', 'koffi', 'cpu-features', '*.node'],
  // Its module form asks for its own address, which a bundle does not have.
  alias: { 'web-tree-sitter': path.join(root, 'node_modules/web-tree-sitter/web-tree-sitter.cjs') },
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
  {
    ...node,
    entryPoints: { server: 'server/start.ts', 'language-server': 'server/language-server.ts' },
    outdir: 'dist',
    plugins: [takenApartOnce('vscode-languageserver/node')],
  },
  {
    ...node,
    entryPoints: ENGINE_PROGRAMS,
    outdir: 'dist',
    banner: { js: '#!/usr/bin/env node' },
  },
  { ...browser, entryPoints: { stats: 'media/stats/page.ts', layers: 'media/layers/page.ts' }, outdir: 'dist/media' },
];

/** What is loaded as it is: the parser of shell scripts and its grammar. */
const files = ['web-tree-sitter/web-tree-sitter.wasm', 'tree-sitter-bash/tree-sitter-bash.wasm'];

if (production) await rm('dist', { recursive: true, force: true });
await mkdir('dist', { recursive: true });
const { resolve } = createRequire(import.meta.url);
await Promise.all(files.map((file) => copyFile(resolve(file), path.join('dist', path.basename(file)))));
const contexts = await Promise.all(programs.map((options) => context(options)));
if (process.argv.includes('--watch')) {
  await Promise.all(contexts.map((c) => c.watch()));
  console.log('watching');
} else {
  try {
    await Promise.all(contexts.map((c) => c.rebuild()));
    for (const name of await readdir(KEEPERS)) {
      // One that runs from the old file keeps it.
      await rm(path.join('dist', name), { force: true });
      await copyFile(path.join(KEEPERS, name), path.join('dist', name));
    }
  } catch (error) {
    // What is wrong in the sources is said already.
    if (!Array.isArray(error.errors)) throw error;
    process.exitCode = 1;
  } finally {
    await Promise.all(contexts.map((c) => c.dispose()));
  }
}
