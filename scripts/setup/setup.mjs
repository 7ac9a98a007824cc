// What each of the project's commands does first: everything that a fresh clone on a fresh machine lacks.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDebianPackages } from './debian-packages.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';
import { run } from './run.mjs';
import { say, since } from './say.mjs';

/** The project's folder. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const OLDEST_NODE = [20, 19];

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = OLDEST_NODE;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new Error(`Node.js ${OLDEST_NODE.join('.')} or newer is needed; this is ${process.versions.node}.`);
}

/** Bundles the programs into dist/. */
export async function build() {
  const started = performance.now();
  const { code, output } = await run(process.execPath, ['scripts/build.mjs'], { cwd: ROOT, timeoutMs: 300_000 });
  if (code !== 0) throw new Error(`The build failed:\n${output}`);
  say(`programs are built (${since(started)})`);
}

/**
 * Installs npm and Debian packages. Throws where there is no going on.
 * @param {'run' | 'test' | 'bench'} purpose
 * @returns {Promise<{ missing: string[] }>} programs that this machine lacks and that could not be installed
 */
export async function prepare(purpose) {
  checkNode();
  await ensureNpmPackages(ROOT);
  return { missing: await ensureDebianPackages(purpose) };
}

/** Prepares the machine for a purpose, and builds the programs. */
export async function setup(purpose) {
  const prepared = await prepare(purpose);
  await build();
  return prepared;
}
