// Installs the npm packages of package-lock.json where they are missing or not the ones that it names.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from './run.mjs';
import { say, since } from './say.mjs';

async function readPackages(file) {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text).packages;
}

/** Whether node_modules holds what the lock file names; packages for other platforms may be missing. */
export async function npmPackagesAreFresh(root) {
  const wanted = await readPackages(path.join(root, 'package-lock.json'));
  const present = await readPackages(path.join(root, 'node_modules/.package-lock.json'));
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(
    ([where, { version, optional, peer }]) =>
      where === '' || optional || (peer && !present[where]) || present[where]?.version === version,
  );
}

/** Runs `npm ci` where needed. Throws with npm's own words where that fails: nothing works without. */
export async function ensureNpmPackages(root) {
  if (await npmPackagesAreFresh(root)) return;
  say('installing npm packages (npm ci)');
  const started = performance.now();
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await run('npm', ['ci', ...options], { cwd: root, timeoutMs: 600_000 });
  if (code !== 0) throw new Error(`npm ci failed (exit ${code}):\n${output}`);
  say(`npm packages are in place (${since(started)})`);
}
