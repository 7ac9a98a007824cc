// Usage: npm run random-builds [-- COUNT [SEED]]
// Builds Dockerfiles made at random, a thousand of them, with random edits, and holds that the plan foretells what the
// build takes from its cache, and that the cache changes no image (test/engine/build-random.test.ts). `npm test` does a few.
import { run } from './setup/run.mjs';
import { warn } from './setup/say.mjs';
import { prepare, ROOT } from './setup/setup.mjs';

const COUNT = 1000;
const TIMEOUT_MS = 2 * 3_600_000;

async function main([count = COUNT, seed]) {
  const { missing } = await prepare('test');
  if (missing.length > 0) warn(`missing on this machine: ${missing.join(', ')}`);
  const env = { ...process.env, LAPSTRAKE_RANDOM_BUILDS: String(count) };
  if (seed !== undefined) env.LAPSTRAKE_RANDOM_SEED = seed;
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'engine', 'test/engine/build-random.test.ts'];
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
