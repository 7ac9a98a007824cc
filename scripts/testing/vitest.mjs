// Runs one vitest project in a bounded time and counts its tests.
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../setup/run.mjs';
import { ROOT } from '../setup/setup.mjs';

/**
 * @typedef {object} Outcome
 * @property {number} passed
 * @property {string[]} failed what failed, one line each
 * @property {string[]} skipped tests that were not run
 */

/** @returns {Promise<Outcome>} */
export async function runVitest(project, { env, timeoutMs, files = [] }) {
  const folder = path.join(ROOT, 'artifacts/tests');
  await mkdir(folder, { recursive: true });
  const report = path.join(folder, `${project}.json`);
  await rm(report, { force: true });
  const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = [vitest, 'run', '--project', project, ...reporters, ...files];
  const { code } = await run(process.execPath, args, { cwd: ROOT, env, show: true, timeoutMs });
  const text = await readFile(report, 'utf8').catch(() => undefined);
  return text === undefined
    ? { passed: 0, failed: [`${project}: ${endOf(code, timeoutMs)}`], skipped: [] }
    : outcomeOf(project, JSON.parse(text), code, timeoutMs);
}

function endOf(code, timeoutMs) {
  return code === 124 ? `not done after ${timeoutMs / 60_000} minutes` : `vitest ended with exit code ${code}`;
}

function outcomeOf(project, { testResults }, code, timeoutMs) {
  const passed = [];
  const failed = [];
  const skipped = [];
  for (const { name: file, assertionResults, status } of testResults) {
    const where = path.relative(ROOT, file);
    for (const { fullName, status: end } of assertionResults) {
      const into = end === 'passed' ? passed : end === 'failed' ? failed : skipped;
      into.push(`${where}: ${fullName}`);
    }
    const itself = status === 'failed' && !assertionResults.some((each) => each.status === 'failed');
    if (itself) failed.push(`${where}: the file as a whole`);
  }
  // A process that ended badly without a failed test: an error that no test caught, or no tests at all.
  if (code !== 0 && failed.length === 0) failed.push(`${project}: ${endOf(code, timeoutMs)}`);
  if (passed.length + failed.length === 0) failed.push(`${project}: it has no tests`);
  return { passed: passed.length, failed, skipped };
}
