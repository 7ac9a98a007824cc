import { expect, it } from 'vitest';
import { RegistryAccounts } from './accounts.ts';
import { EngineAuth } from './engine-auth.ts';
import { SavedRegistries } from './saved.ts';

const OWN = { kind: 'own', socket: '/s', root: '/r' } as const;

/** Secret storage and memory of an editor, as maps. */
function editor() {
  const secrets = new Map<string, string>();
  const memory = new Map<string, unknown>();
  const accounts = new RegistryAccounts({
    get: async (key) => secrets.get(key),
    store: async (key, value) => void secrets.set(key, value),
    delete: async (key) => void secrets.delete(key),
    onDidChange: () => ({ dispose: () => undefined }),
  });
  const saved = new SavedRegistries({
    get: (key: string, fallback?: unknown) => memory.get(key) ?? fallback,
    update: async (key, value) => void memory.set(key, value),
  } as ConstructorParameters<typeof SavedRegistries>[0]);
  return { secrets, memory, accounts, saved };
}

it('keeps the password in the secret storage alone', async () => {
  const { secrets, memory, accounts, saved } = editor();
  await saved.add('localhost:5000');
  await accounts.set('localhost:5000', { username: 'sailor', password: 'sea-chest' });
  expect(await accounts.get('localhost:5000')).toEqual({ username: 'sailor', password: 'sea-chest' });
  expect(JSON.stringify([...memory])).not.toContain('sea-chest');
  await accounts.delete('localhost:5000');
  expect([...secrets]).toEqual([]);
});

it('gives an engine the account of an image’s registry, and no other', async () => {
  const { accounts, saved } = editor();
  await accounts.set('localhost:5000', { username: 'a', password: 'b' });
  await accounts.set('docker.io', { username: 'c', password: 'd' });
  for (const domain of ['localhost:5000', 'docker.io', 'registry.example']) await saved.add(domain);
  const auth = new EngineAuth(accounts, saved, () => OWN, expect.unreachable);
  const local = { username: 'a', password: 'b', serveraddress: 'localhost:5000' };
  const hub = { username: 'c', password: 'd', serveraddress: 'https://index.docker.io/v1/' };
  expect(await auth.forReference('localhost:5000/app:1')).toEqual(local);
  expect(await auth.forReference('busybox')).toEqual(hub);
  expect(await auth.forReference('registry.example/app')).toBeUndefined();
  expect(await auth.forBuild()).toEqual({ 'localhost:5000': local, 'https://index.docker.io/v1/': hub });
});

it('sends no account over a network in the clear', async () => {
  const { accounts, saved } = editor();
  await accounts.set('registry.example', { username: 'a', password: 'b' });
  const warnings: string[] = [];
  const target = { kind: 'tcp', port: 2375 } as const;
  const auth = (protocol: 'http' | 'https', host: string) =>
    new EngineAuth(
      accounts,
      saved,
      () => ({ ...target, protocol, host }),
      (text) => warnings.push(text),
    );
  expect(await auth('http', 'far.example').forReference('registry.example/app')).toBeUndefined();
  expect(warnings.join()).toMatch(/not sent to tcp:\/\/far\.example:2375/);
  expect(warnings.join()).not.toContain('"b"');
  expect(await auth('https', 'far.example').forReference('registry.example/app')).toBeDefined();
  expect(await auth('http', '127.0.0.1').forReference('registry.example/app')).toBeDefined();
});

it('remembers registries and what was added to them', async () => {
  const { memory, saved } = editor();
  let changes = 0;
  saved.onDidChange(() => {
    changes += 1;
  });
  await saved.addRepository('docker.io', 'library/node');
  await saved.addRepository('docker.io', 'library/busybox');
  await saved.addRepository('docker.io', 'library/node');
  await saved.add('docker.io');
  expect(saved.all).toEqual([{ domain: 'docker.io', repositories: ['library/busybox', 'library/node'] }]);
  await saved.removeRepository('docker.io', 'library/node');
  expect(saved.find('docker.io')?.repositories).toEqual(['library/busybox']);
  await saved.remove('docker.io');
  expect(saved.all).toEqual([]);
  expect(changes).toBeGreaterThan(4);
  memory.set('lapstrake.registries', 'nonsense');
  expect(saved.all).toEqual([]);
});
