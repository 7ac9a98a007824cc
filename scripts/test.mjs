// Usage: npm test [-- checks|unit|images|engine|editor|leaks …]
// Sets up what the tests need, runs all of them, or those named, and says what failed, what was skipped and what was left
// behind. With CI=true a suite that cannot run has failed; elsewhere it is skipped, which is said and never counts as passed.
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { imageLayout } from './fixtures/cache.mjs';
import { RECIPES } from './fixtures/recipes.mjs';
import { removeFolder } from './setup/remove-folder.mjs';
import { run } from './setup/run.mjs';
import { heading, say, since, warn } from './setup/say.mjs';
import { build, prepare, ROOT } from './setup/setup.mjs';
import { MARKER, watchForLeaks } from './testing/leaks.mjs';
import { SUITES } from './testing/suites.mjs';
import { runVitest } from './testing/vitest.mjs';

const CI = Boolean(process.env.CI) && process.env.CI !== 'false';
const bin = (name) => path.join(ROOT, 'node_modules', name);

/** What is checked without running the programs. */
const CHECKS = [
  ['format and lint (biome)', [bin('@biomejs/biome/bin/biome'), 'ci', '--colors=off', '.']],
  ['walls between the folders', ['scripts/check-walls.mjs']],
  ['types (tsc -b)', [bin('typescript/bin/tsc'), '-b']],
];

const results = { passed: 0, failed: [], skipped: [] };

function add({ passed = 0, failed = [], skipped = [] }) {
  results.passed += passed;
  results.failed.push(...failed);
  results.skipped.push(...skipped);
}

async function check(title, work) {
  const started = performance.now();
  const problem = await work();
  add(problem === undefined ? { passed: 1 } : { failed: [title] });
  if (problem === undefined) say(`${title}: passed (${since(started)})`);
  else warn(`${title}: failed\n${problem}`);
}

async function runChecks() {
  heading('Checks');
  for (const [title, args] of CHECKS) {
    await check(title, async () => {
      const { code, output } = await run(process.execPath, args, { cwd: ROOT, timeoutMs: 300_000 });
      return code === 0 ? undefined : output;
    });
  }
}

async function runSuite({ project, title, files, timeoutMs, whyNot }, env) {
  heading(title[0].toUpperCase() + title.slice(1));
  const started = performance.now();
  const reason = await whyNot();
  if (reason === undefined) {
    const outcome = await runVitest(project, { env, timeoutMs, files });
    add(outcome);
    say(`${title}: ${outcome.passed} passed, ${outcome.failed.length} failed (${since(started)})`);
  } else if (CI) {
    add({ failed: [`${title}: ${reason}`] });
    warn(`${title} cannot run, which counts as failed in CI: ${reason}`);
  } else {
    add({ skipped: [`${title}, as a whole: ${reason}`] });
    warn(`${title} are skipped: ${reason}`);
  }
}

function report(started) {
  heading('Result');
  for (const each of results.skipped) console.log(`skipped: ${each}`);
  for (const each of results.failed) console.log(`FAILED:  ${each}`);
  say(`${results.skipped.length} skipped, in ${since(started)}`);
  console.log(`${results.passed} passed, ${results.failed.length} failed`);
}

async function main() {
  const started = performance.now();
  const wanted = process.argv.slice(2);
  const isWanted = (name) => wanted.length === 0 || wanted.includes(name);
  heading('Setting up');
  await prepare('test');
  for (const name of Object.keys(RECIPES)) await imageLayout(name, say);
  await check('the programs are bundled', () =>
    build().then(
      () => undefined,
      ({ message }) => message,
    ),
  );
  if (isWanted('checks')) await runChecks();

  const id = randomBytes(8).toString('hex');
  const folder = await mkdtemp(path.join(tmpdir(), 'lapstrake-test-'));
  // Tests that become an ordinary user need it, too.
  await chmod(folder, 0o1777);
  try {
    const watch = await watchForLeaks({ id, folder });
    const env = { ...process.env, [MARKER]: id, TMPDIR: folder, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }) };
    for (const suite of SUITES) if (isWanted(suite.project)) await runSuite(suite, env);
    heading('Leaks');
    await check('nothing is left behind', async () => {
      const left = await watch.leaks();
      return left.length === 0 ? undefined : left.map((each) => `  ${each}`).join('\n');
    });
  } finally {
    await removeFolder(folder);
  }
  report(started);
}

main().then(
  () => process.exit(results.failed.length === 0 ? 0 : 1),
  (error) => {
    warn(error instanceof Error ? error.message : String(error));
    console.log(`${results.passed} passed, ${results.failed.length + 1} failed`);
    process.exit(1);
  },
);
