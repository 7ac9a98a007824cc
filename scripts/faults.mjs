// Usage: npm run faults [-- KILLS [SEED]]
// Kills a daemon with -9 at random moments, two hundred times for each storage driver, lets three thousand containers come and
// go, and holds after each restart that nothing is lost and nothing left over (test/faults/). `npm test` does so a few times.
import { longRun } from './testing/long-run.mjs';

const KILLS = '200';
/** For all drivers together. */
const TIMEOUT_MS = 3 * 3_600_000;

const [kills = KILLS, seed] = process.argv.slice(2);
await longRun('test/faults', { LAPSTRAKE_FAULTS_KILLS: kills, LAPSTRAKE_FAULTS_SEED: seed }, TIMEOUT_MS);
