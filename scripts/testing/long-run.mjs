// Runs tests of the engine by hand for as long as they need, as `npm test` does not.
import { run } from '../setup/run.mjs';
import { warn } from '../setup/say.mjs';
import { prepare, ROOT } from '../setup/setup.mjs';

/**
 * Sets up what is needed, runs the tests below a path with further environment variables, and ends this process with their
 * exit code.
 * @param {string} tests
 * @param {Record<string, string | undefined>} variables those that are undefined stay as they are
 */
export async function longRun(tests, variables, timeoutMs) {
  try {
    const { missing } = await prepare('test');
    if (missing.length > 0) warn(`missing on this machine: ${missing.join(', ')}`);
    const set = Object.entries(variables).filter(([, value]) => value !== undefined);
    const env = { ...process.env, ...Object.fromEntries(set) };
    const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'engine', tests];
    const { code } = await run(process.execPath, args, { cwd: ROOT, env, show: true, timeoutMs });
    process.exit(code);
  } catch (error) {
    warn(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
