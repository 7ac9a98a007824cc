import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DockerConfig } from './docker-config.ts';

const HUB = 'https://index.docker.io/v1/';
const ann = { kind: 'password', username: 'ann', password: 'sea: chest' } as const;

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'lapstrake-config-'));
});

afterEach(() => rm(home, { recursive: true, force: true }));

const file = () => join(home, '.docker', 'config.json');
const config = () =>
  new DockerConfig({ PATH: `${join(home, 'bin')}:${process.env.PATH}`, KEPT: join(home, 'kept') }, home);

async function write(content: object): Promise<void> {
  await mkdir(join(home, '.docker'), { recursive: true });
  await writeFile(file(), JSON.stringify(content));
}

async function read(): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(file(), 'utf8'));
}

/** A helper that keeps one account in a file. */
async function helper(): Promise<void> {
  await mkdir(join(home, 'bin'));
  const path = join(home, 'bin', 'docker-credential-chest');
  const script = `#!/bin/sh
case $1 in
  store) cat > "$KEPT" ;;
  erase) rm "$KEPT" ;;
  get) if [ -f "$KEPT" ]; then cat "$KEPT"; else echo 'credentials not found in native keychain'; exit 1; fi ;;
esac
`;
  await writeFile(path, script);
  await chmod(path, 0o755);
}

describe('an account in the file', () => {
  it('is kept, found and forgotten, and nothing else is touched', async () => {
    await write({
      HttpHeaders: { a: 'b' },
      auths: { 'other.example': { auth: 'eDp5', email: 'x' } },
      detachKeys: 'ctrl-e',
    });
    expect(await config().store('registry.example:5000', ann, 'ann')).toEqual({ unencrypted: file() });
    expect(await read()).toEqual({
      HttpHeaders: { a: 'b' },
      auths: {
        'other.example': { auth: 'eDp5', email: 'x' },
        'registry.example:5000': { auth: btoa('ann:sea: chest') },
      },
      detachKeys: 'ctrl-e',
    });
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await config().credentialsOf('registry.example:5000')).toEqual(ann);
    expect(await config().erase('registry.example:5000')).toBe(true);
    expect(await config().erase('registry.example:5000')).toBe(false);
    expect(await config().credentialsOf('registry.example:5000')).toEqual({ kind: 'none' });
  });

  it('of Docker Hub has docker’s name for it, whatever that was', async () => {
    await write({ auths: { 'https://registry-1.docker.io/v2/': { auth: btoa('ann:sea: chest') } } });
    expect(await config().credentialsOf('docker.io')).toEqual(ann);
    await config().store('docker.io', { kind: 'identity', token: 't' }, 'ann');
    expect((await read()).auths).toEqual({ [HUB]: { auth: btoa('ann:'), identitytoken: 't' } });
    expect(await config().credentialsOf('docker.io')).toEqual({ kind: 'identity', token: 't' });
  });

  it('is none where there is no file, and an error where it is no configuration', async () => {
    expect(await config().credentialsOf('registry.example')).toEqual({ kind: 'none' });
    await write({ auths: 'none' });
    await expect(config().credentialsOf('registry.example')).rejects.toMatchObject({ code: 'docker-config-invalid' });
  });
});

describe('a credential helper', () => {
  it.each([{ credsStore: 'chest' }, { credHelpers: { 'registry.example': 'chest' } }])(
    '%j keeps accounts',
    async (how) => {
      await helper();
      await write(how);
      expect(await config().credentialsOf('registry.example')).toEqual({ kind: 'none' });
      expect(await config().store('registry.example', ann, 'ann')).toEqual({ unencrypted: undefined });
      expect(await read()).toEqual({ ...how, auths: { 'registry.example': {} } });
      expect(JSON.parse(await readFile(join(home, 'kept'), 'utf8'))).toEqual({
        ServerURL: 'registry.example',
        Username: 'ann',
        Secret: 'sea: chest',
      });
      expect(await config().credentialsOf('registry.example')).toEqual(ann);
      await config().store('registry.example', { kind: 'identity', token: 't' }, 'ann');
      expect(await config().credentialsOf('registry.example')).toEqual({ kind: 'identity', token: 't' });
      expect(await config().erase('registry.example')).toBe(true);
      expect(await config().credentialsOf('registry.example')).toEqual({ kind: 'none' });
    },
  );

  it('that is not installed is an error that names it, and one of an odd name is not started', async () => {
    await write({ credsStore: 'nowhere' });
    await expect(config().credentialsOf('registry.example')).rejects.toThrow('docker-credential-nowhere');
    await write({ credsStore: '../evil' });
    await expect(config().credentialsOf('registry.example')).rejects.toMatchObject({
      code: 'credential-helper-invalid',
    });
  });
});
