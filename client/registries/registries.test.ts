import { expect, it } from 'vitest';
import { WorkspaceUntrusted } from '../errors.ts';
import { RegistryAccounts } from './accounts.ts';
import { Registries } from './registries.ts';
import { serve } from './registry.test-support.ts';

const { signal } = new AbortController();

function ground(stored: { current?: string }) {
  const accounts = new RegistryAccounts({
    get: async () => stored.current,
    store: async () => undefined,
    delete: async () => undefined,
    onDidChange: () => ({ dispose: () => undefined }),
  });
  return {
    accounts,
    trusted: true,
    plainHosts: () => [],
    certificates: [],
    untrusted: 'not trusted',
    isTrusted: () => true,
  };
}

it('asks nobody for anything while the workspace is not trusted', async () => {
  let asked = 0;
  await using registry = await serve((_, response) => {
    asked += 1;
    response.end('{}');
  });
  const registries = new Registries({ ...ground({}), isTrusted: () => false });
  await expect(registries.client(registry.host)).rejects.toThrow(WorkspaceUntrusted);
  expect(() => registries.connection(registry.host, undefined)).toThrow('not trusted');
  expect(asked).toBe(0);
});

it('takes the account that is stored, and after forgetting the one of now', async () => {
  const seen = new Set<string | undefined>();
  await using registry = await serve(({ headers }, response) => {
    seen.add(headers.authorization);
    if (headers.authorization === undefined) response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
    else response.end(JSON.stringify({ repositories: ['app'] }));
  });
  const stored = { current: JSON.stringify({ username: 'a', password: 'b' }) };
  const registries = new Registries(ground(stored));
  const list = async () => (await (await registries.client(registry.host)).repositories(undefined, signal)).items;
  expect(await list()).toEqual(['app']);
  stored.current = JSON.stringify({ username: 'c', password: 'd' });
  registries.forget(registry.host);
  expect(await list()).toEqual(['app']);
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  expect(seen).toEqual(new Set([undefined, basic('a:b'), basic('c:d')]));
});
