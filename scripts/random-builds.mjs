// Usage: npm run random-builds [-- COUNT [SEED]]
// Builds Dockerfiles made at random, a thousand of them, with random edits, and holds that the plan foretells what the
// build takes from its cache, and that the cache changes no image (test/engine/build-random.test.ts). `npm test` does a few.
import { longRun } from './testing/long-run.mjs';

const COUNT = '1000';
const TIMEOUT_MS = 2 * 3_600_000;

const [count = COUNT, seed] = process.argv.slice(2);
const variables = { LAPSTRAKE_RANDOM_BUILDS: count, LAPSTRAKE_RANDOM_SEED: seed };
await longRun('test/engine/build-random.test.ts', variables, TIMEOUT_MS);
