import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MARKER, watchForLeaks } from './leaks.mjs';

const PATIENCE_MS = 300;
let folder;
let run;
const children = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lapstrake-leaks-'));
  run = { id: path.basename(folder), folder };
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

function start(options) {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore', ...options });
  children.push(child);
  return once(child, 'spawn').then(() => child);
}

it('a run that leaves nothing has no leaks', async () => {
  await writeFile(path.join(folder, 'of-before'), '');
  const watch = await watchForLeaks(run, PATIENCE_MS);
  expect(await watch.leaks()).toEqual([]);
});

it('a process with the mark of the run is named, another one is not', async () => {
  const watch = await watchForLeaks(run, PATIENCE_MS);
  const child = await start({ env: { ...process.env, [MARKER]: run.id } });
  await start({ env: { ...process.env, [MARKER]: 'another' } });
  expect(await watch.leaks()).toEqual([`process ${child.pid}: sleep 1000`]);
});

it('a process that lost the mark is known by its folder', async () => {
  const watch = await watchForLeaks(run, PATIENCE_MS);
  const child = await start({ env: { PATH: process.env.PATH }, cwd: folder });
  expect(await watch.leaks()).toEqual([`process ${child.pid}: sleep 1000`]);
});

it('a file is named', async () => {
  const watch = await watchForLeaks(run, PATIENCE_MS);
  await mkdir(path.join(folder, 'lapstrake-left'));
  expect(await watch.leaks()).toEqual([`temporary file ${path.join(folder, 'lapstrake-left')}`]);
});

it('what goes while it is waited for is no leak', async () => {
  const watch = await watchForLeaks(run, 10_000);
  const child = await start({ env: { ...process.env, [MARKER]: run.id } });
  const found = watch.leaks();
  child.kill('SIGKILL');
  expect(await found).toEqual([]);
  children.pop();
});
