import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EngineUnavailable } from '../errors.ts';
import { createDocker } from './docker.ts';

it('does not speak to an engine in a folder where another user may pose as it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-docker-'));
  try {
    const target = { kind: 'own', socket: join(folder, 's.sock'), root: folder } as const;
    expect(await createDocker(target)).toBeDefined();
    await chmod(folder, 0o777);
    const refused = await createDocker(target).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(EngineUnavailable);
    expect(refused).toMatchObject({ message: expect.stringContaining(`${folder}: every user may write to it`) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
