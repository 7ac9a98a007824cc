import { describe, expect, it } from 'vitest';
import { RegistryConnection } from './connection.ts';
import { registryAt, serve } from './registry.test-support.ts';

const { signal } = new AbortController();
const account = { username: 'sailor', password: 'sea-chest' };

it('asks a token server for what the registry wants, once for each repository', async () => {
  const asked: (string | undefined)[] = [];
  await using tokens = await serve(({ url, headers }, response) => {
    asked.push(url, headers.authorization);
    response.end(JSON.stringify({ token: 'T' }));
  });
  await using registry = await serve(({ url, headers }, response) => {
    if (headers.authorization === 'Bearer T') response.end(JSON.stringify({ name: 'app', tags: ['1'] }));
    else {
      const scope = `repository:${url?.split('/')[2]}:pull`;
      const challenge = `Bearer realm="${tokens.url}/token",service="here",scope="${scope}"`;
      response.writeHead(401, { 'WWW-Authenticate': challenge }).end();
    }
  });
  const client = registryAt(registry.url, account);
  expect((await client.tags('app', undefined, signal)).items).toEqual(['1']);
  expect((await client.tags('app', undefined, signal)).items).toEqual(['1']);
  expect(asked).toEqual([
    '/token?service=here&scope=repository%3Aapp%3Apull&account=sailor',
    `Basic ${Buffer.from('sailor:sea-chest').toString('base64')}`,
  ]);
});

it('a wrong password is the account’s fault, a missing right is not', async () => {
  let status = 401;
  await using tokens = await serve((_, response) => {
    response.writeHead(status).end(JSON.stringify({ token: 'T' }));
  });
  await using registry = await serve((_, response) => {
    const challenge = `Bearer realm="${tokens.url}/",scope="registry:catalog:*",error="insufficient_scope"`;
    response.writeHead(401, { 'WWW-Authenticate': challenge }).end();
  });
  const wrong = registryAt(registry.url, account).tags('app', undefined, signal);
  await expect(wrong).rejects.toMatchObject({ problem: 'unauthorized' });
  status = 200;
  const denied = registryAt(registry.url, account);
  await expect(denied.tags('app', undefined, signal)).rejects.toMatchObject({ problem: 'forbidden' });
  await expect(denied.repositories(undefined, signal)).rejects.toMatchObject({ problem: 'no-catalog' });
});

it.each([404, 405, 501, 200])('a registry whose catalog answers %i has none', async (status) => {
  await using registry = await serve(({ url }, response) => {
    response.writeHead(url === '/v2/' ? 200 : status).end('<html>');
  });
  const failure = registryAt(registry.url).repositories(undefined, signal);
  if (status === 501) await expect(failure).rejects.toMatchObject({ problem: 'unreachable' });
  else
    await expect(failure).rejects.toMatchObject({
      problem: 'no-catalog',
      message: expect.stringMatching(/does not list/),
    });
});

describe('an account stays where it belongs', () => {
  it('a redirect to another server takes no account along', async () => {
    const seen: (string | undefined)[] = [];
    await using elsewhere = await serve(({ headers }, response) => {
      seen.push(headers.authorization);
      response.end(JSON.stringify({ name: 'app', tags: ['1'] }));
    });
    await using registry = await serve(({ headers }, response) => {
      if (headers.authorization === undefined) response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
      else response.writeHead(307, { Location: `${elsewhere.url}/blob` }).end();
    });
    await registryAt(registry.url, account).tags('app', undefined, signal);
    expect(seen).toEqual([undefined]);
  });

  it('a registry that sends in circles is left', async () => {
    await using registry = await serve((_, response) => {
      response.writeHead(302, { Location: '/v2/again' }).end();
    });
    const failure = registryAt(registry.url).tags('app', undefined, signal);
    await expect(failure).rejects.toMatchObject({ problem: 'invalid', message: expect.stringContaining('elsewhere') });
  });

  it('no message holds the password', async () => {
    await using registry = await serve((_, response) => {
      response.writeHead(500).end(JSON.stringify({ errors: [{ code: 'X', message: 'broken' }] }));
    });
    const failure = registryAt(registry.url, account).tags('app', undefined, signal);
    const error = await failure.catch((thrown: unknown) => thrown);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(account.password);
  });
});

describe('what a server may do to us', () => {
  it('an endless answer is cut off', async () => {
    await using registry = await serve((_, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(1 << 16)));
      };
      response.on('drain', more);
      more();
    });
    const failure = registryAt(registry.url).tags('app', undefined, signal);
    await expect(failure).rejects.toMatchObject({ problem: 'invalid', message: expect.stringContaining('more than') });
  });

  it('silence ends the wait, and so does the user', async () => {
    await using registry = await serve(() => undefined);
    const late = registryAt(registry.url, undefined, 100).tags('app', undefined, signal);
    await expect(late).rejects.toMatchObject({ problem: 'unreachable', message: expect.stringContaining('longer') });
    const abort = new AbortController();
    const cancelled = registryAt(registry.url).tags('app', undefined, abort.signal);
    abort.abort();
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('names that are none are left out', async () => {
    await using registry = await serve((_, response) => {
      response.end(
        JSON.stringify({ tags: ['1', '../../x', '$(touch x)', 'ok'], repositories: ['a/b', '../c', 'A', '-x'] }),
      );
    });
    const client = registryAt(registry.url);
    expect((await client.tags('app', undefined, signal)).items).toEqual(['1', 'ok']);
    expect((await client.repositories(undefined, signal)).items).toEqual(['a/b']);
  });

  it('another manifest than the digest names is refused', async () => {
    await using registry = await serve((_, response) => {
      response.end('{}');
    });
    const failure = registryAt(registry.url).manifest('app', `sha256:${'0'.repeat(64)}`, signal);
    await expect(failure).rejects.toMatchObject({ problem: 'invalid' });
  });
});

it('nothing that listens is said in words', async () => {
  const failure = registryAt('http://127.0.0.1:9').tags('app', undefined, signal);
  await expect(failure).rejects.toMatchObject({
    problem: 'unreachable',
    message: expect.stringContaining('nothing listens'),
  });
});

it('speaks plain HTTP only to this machine, and to what the settings name', async () => {
  let heard = 0;
  await using registry = await serve((_, response) => {
    heard += 1;
    response.end('{}');
  });
  // Linux takes this address for its own, but it is not the loopback's.
  const domain = registry.host.replace('127.0.0.1', '0.0.0.0');
  const refused = new RegistryConnection(domain, account, { plainHosts: [], certificates: [] }).door(signal);
  await expect(refused).rejects.toMatchObject({
    problem: 'unreachable',
    message: expect.stringContaining('lapstrake.daemon.insecureRegistries'),
  });
  expect(heard).toBe(0);
  expect(
    await new RegistryConnection(domain, account, { plainHosts: ['0.0.0.0'], certificates: [] }).door(signal),
  ).toBe('open');
});
