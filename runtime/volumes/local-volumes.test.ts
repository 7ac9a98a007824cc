import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openVolumes } from './local-volumes.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-volumes-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('local volumes', () => {
  it('makes a folder for a named volume and shows it as Docker does', async () => {
    const volumes = openVolumes(root);
    const made = await volumes.create({ name: 'data', labels: { a: 'b' } });
    expect(made).toMatchObject({
      Name: 'data',
      Driver: 'local',
      Labels: { a: 'b' },
      Mountpoint: join(root, 'data', '_data'),
      Options: null,
      Scope: 'local',
    });
    expect((await stat(made.Mountpoint)).isDirectory()).toBe(true);
    expect(await openVolumes(root).inspect('data')).toEqual(made);
  });

  it('names an anonymous volume by 64 hexadecimal digits', async () => {
    expect((await openVolumes(root).create()).Name).toMatch(/^[0-9a-f]{64}$/);
  });

  it('gives the existing volume when one of that name is created again', async () => {
    const volumes = openVolumes(root);
    const first = await volumes.create({ name: 'data' });
    expect(await volumes.create({ name: 'data', labels: { later: 'yes' } })).toEqual(first);
  });

  it.each([
    [{ name: '../up' }, 'invalid'],
    [{ name: 'x' }, 'invalid'],
    [{ name: 'data', driver: 'nfs' }, 'not-found'],
    [{ name: 'data', driverOptions: { type: 'tmpfs' } }, 'invalid'],
  ])('refuses %j', async (options, kind) => {
    await expect(openVolumes(root).create(options)).rejects.toMatchObject({ kind });
  });

  it('keeps a volume that a container uses, and names the container', async () => {
    const volumes = openVolumes(root);
    await volumes.create({ name: 'data' });
    await volumes.acquire('data', 'c1');
    await expect(volumes.remove('data')).rejects.toMatchObject({
      kind: 'conflict',
      message: 'remove data: volume is in use - [c1]',
    });
    expect(volumes.release('c1')).toEqual(['data']);
    await volumes.remove('data');
    await expect(volumes.inspect('data')).rejects.toMatchObject({ message: 'get data: no such volume' });
  });

  it('prunes what nobody uses and tells its bytes', async () => {
    const volumes = openVolumes(root);
    const { Mountpoint } = await volumes.create({ name: 'unused' });
    await writeFile(join(Mountpoint, 'file'), 'x'.repeat(1000));
    await volumes.create({ name: 'used' });
    await volumes.acquire('used', 'c1');
    expect(await volumes.size('unused')).toBe(1000);
    expect(await volumes.isEmpty('unused')).toBe(false);
    expect(await volumes.isEmpty('used')).toBe(true);
    expect(await volumes.prune()).toEqual({ names: ['unused'], bytes: 1000 });
  });

  it('clears a folder whose volume was never finished', async () => {
    await mkdir(join(root, 'half', '_data'), { recursive: true });
    const volumes = openVolumes(root);
    expect(await volumes.recover()).toEqual(['removed the half-made volume half']);
    expect(await volumes.list()).toEqual([]);
  });
});
