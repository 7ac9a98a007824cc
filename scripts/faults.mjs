// Usage: npm run faults [-- KILLS [SEED]]
// Kills a daemon with -9 at random moments, two hundred times for each storage driver, and holds after each restart that
// nothing is lost and nothing left over (test/faults/). `npm test` does so a few times.
import { run } from './setup/run.mjs';
import { warn } from './setup/say.mjs';
import { prepare, ROOT } from './setup/setup.mjs';

const KILLS = 200;
/** For all drivers together. */
const TIMEOUT_MS = 3 * 3_600_000;

async function main([kills = KILLS, seed]) {
  const { missing } = await prepare('test');
  if (missing.length > 0) warn(`missing on this machine: ${missing.join(', ')}`);
  const env = { ...process.env, LAPSTRAKE_FAULTS_KILLS: String(kills) };
  if (seed !== undefined) env.LAPSTRAKE_FAULTS_SEED = seed;
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'engine', 'test/faults'];
  const { code } = await run(process.execPath, args, { cwd: ROOT, env, show: true, timeoutMs: TIMEOUT_MS });
  return code;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    warn(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
