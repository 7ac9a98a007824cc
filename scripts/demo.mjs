// Usage: npm run demo
// The main job in a terminal: builds the example, runs it, fetches its page, looks into it, and removes all of it again.
// It has an engine of its own in a temporary folder, so that nothing of the user's is touched and nothing stays.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hubAnswers, prepareBaseImages } from './fixtures/base-images.mjs';
import { startDaemon } from './setup/engine.mjs';
import { freePort } from './setup/ports.mjs';
import { removeFolder } from './setup/remove-folder.mjs';
import { heading, say, since, warn } from './setup/say.mjs';
import { ROOT, setup } from './setup/setup.mjs';

const IMAGE = 'lapstrake-demo';
const CONTAINER = 'bulletin-board';
/** Longest time until the application answers. */
const PATIENCE_MS = 15_000;

/** Runs `lapstrake` and shows what it prints; throws where it fails. */
async function lapstrake(socket, ...args) {
  heading(`$ lapstrake ${args.join(' ')}`);
  const program = path.join(ROOT, 'dist/lapstrake.js');
  const child = spawn(process.execPath, [program, '--host', `unix://${socket}`, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) throw new Error(`lapstrake ${args[0]} ended with ${signal ?? `exit code ${code}`}.`);
}

/** Fetches a page as soon as it is there. */
async function fetchPage(url) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
      if (response.ok) return await response.text();
      throw new Error(`status ${response.status}`);
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`${url} does not answer: ${error.cause?.message ?? error.message}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function showTheMainJob(socket) {
  const port = await freePort(8080, { orAny: true });
  await lapstrake(socket, 'doctor');
  await lapstrake(socket, 'build', '-t', IMAGE, 'examples/bulletin-board');
  await lapstrake(socket, 'run', '-d', '--name', CONTAINER, '-m', '256m', '-p', `127.0.0.1:${port}:8080`, IMAGE);

  const url = `http://127.0.0.1:${port}/`;
  heading(`GET ${url}`);
  const title = /<title>([^<]*)<\/title>/.exec(await fetchPage(url))?.[1];
  if (title === undefined) throw new Error(`${url} answered with a page that has no title.`);
  console.log(`the page's title: ${title}`);

  await lapstrake(socket, 'exec', CONTAINER, 'ls', '-l');
  await lapstrake(socket, 'top', CONTAINER);
  await lapstrake(socket, 'stats', '--no-stream', CONTAINER);
  await lapstrake(socket, 'layers', IMAGE);
  await lapstrake(socket, 'rm', '-f', CONTAINER);
  await lapstrake(socket, 'rmi', IMAGE);
}

async function main() {
  // Ctrl-C also ends what runs now, which ends us by its failure: the engine and its folder are still removed.
  process.once('SIGINT', () => warn('interrupted: cleaning up'));
  await setup('run');
  const started = performance.now();
  const images = (await hubAnswers()) ? undefined : await prepareBaseImages({ say });
  if (images) {
    warn('Docker Hub does not answer from here: the base images come from a registry on this machine, which has only');
    warn(`  ${images.references.join(', ')}, made from the programs of this machine (${images.kind})`);
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'lapstrake-demo-'));
  try {
    const socket = path.join(folder, 'engine.sock');
    const mirror = images ? ['--registry-mirror', images.registryUrl] : [];
    const daemon = await startDaemon(socket, ['--root', path.join(folder, 'root'), ...mirror]);
    try {
      await showTheMainJob(socket);
    } finally {
      await daemon.stop();
    }
  } finally {
    await images?.stop();
    await removeFolder(folder);
  }
  heading(`done in ${since(started)}, and nothing is left of it`);
}

main().then(
  () => process.exit(0),
  (error) => {
    warn(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
