import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { childExit } from '../os/child-exit.ts';
import { surveyMachine } from './machine.ts';
import { RunningSandboxes } from './running.ts';

const KILL = 9;

test.each([
  ['somebody else', true],
  ['this daemon', false],
])('what %s has killed while memory ran out nearby', async (who, oomKilled) => {
  const root = await mkdtemp(join(tmpdir(), 'lapstrake-running-'));
  const child = spawn('sleep', ['1000']);
  try {
    const sandboxes = new RunningSandboxes(root, await surveyMachine());
    await sandboxes.reserve('box');
    const ended = once(child, 'exit').then(() => ({ ...childExit(KILL, Date.now()), oomKilled: 'likely' as const }));
    const { exited } = await sandboxes.started('box', child.pid!, ended);
    if (who === 'this daemon') await sandboxes.kill('box', KILL, false);
    else child.kill('SIGKILL');
    expect(await exited).toMatchObject({ exitCode: 137, oomKilled });
  } finally {
    child.kill('SIGKILL');
    await rm(root, { recursive: true, force: true });
  }
});
