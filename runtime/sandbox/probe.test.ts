import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ChildReaper } from '../os/child-reaper.ts';
import { surveyMachine } from './machine.ts';
import { OciDriver } from './oci/driver.ts';

test.each([
  ['hangs', 'exec sleep 1000', 'came to no end in a test container'],
  ['fails', 'echo refused >&2; exit 1', 'cannot start a container here'],
])('a runtime that %s does not work, and leaves nothing', async (_, script, reason) => {
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-probe-'));
  using reaper = new ChildReaper();
  try {
    const runtime = join(folder, 'runtime');
    await writeFile(runtime, `#!/bin/sh\n${script}\n`);
    await chmod(runtime, 0o755);
    const stateRoot = join(folder, 'state');
    const driver = new OciDriver({
      stateRoot,
      reaper,
      machine: await surveyMachine(),
      runtime,
      manager: 'cgroupfs',
    });
    const probe = await driver.probe(AbortSignal.timeout(500));
    expect(probe).toMatchObject({ works: false, reason: expect.stringContaining(reason) });
    expect(await driver.list()).toEqual([]);
    expect((await readdir(stateRoot)).filter((name) => name.startsWith('probe-'))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
