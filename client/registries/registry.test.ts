import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, startRealRegistry } from '../../test/harness/real-registry.ts';
import { Pager } from './pager.ts';
import { pushImage, registryAt } from './registry.test-support.ts';

const { signal } = new AbortController();
const authorization = `Basic ${Buffer.from(`${ACCOUNT.username}:${ACCOUNT.password}`).toString('base64')}`;

describe('a real registry', () => {
  let registry: Awaited<ReturnType<typeof startRealRegistry>>;
  beforeAll(async () => {
    registry = await startRealRegistry();
    if (registry === undefined) return;
    for (const tag of ['1.0', 'latest', '2.0'])
      await pushImage(registry.url, 'team/app', tag, { size: tag === '2.0' ? 2000 : 1000 });
    await pushImage(registry.url, 'tool', '1');
  });
  afterAll(() => registry?.stop());
  const open = (skip: (why: string) => never) => registry ?? skip('docker-registry is not here');

  it('lists its repositories and their tags', async ({ skip }) => {
    const client = registryAt(open(skip).url);
    expect(await client.repositories(undefined, signal)).toEqual({ items: ['team/app', 'tool'], next: undefined });
    expect((await client.tags('team/app', undefined, signal)).items.toSorted()).toEqual(['1.0', '2.0', 'latest']);
  });

  it('lists them page by page', async ({ skip }) => {
    const client = registryAt(open(skip).url);
    const pager = new Pager((next) => client.repositories(next ?? '/v2/_catalog?n=1', signal), 1);
    await pager.more(signal);
    expect({ items: pager.items, atEnd: pager.atEnd }).toEqual({ items: ['team/app'], atEnd: false });
    await pager.more(signal);
    await pager.more(signal);
    expect({ items: pager.items, atEnd: pager.atEnd }).toEqual({ items: ['team/app', 'tool'], atEnd: true });
  });

  it('says what a tag stands for', async ({ skip }) => {
    const client = registryAt(open(skip).url);
    const { text, digest } = await client.manifest('team/app', '2.0', signal);
    const size = JSON.parse(text).config.size + 2000;
    expect(await client.details('team/app', '2.0', 'amd64', signal)).toEqual({
      ...{ digest, size, created: '2024-05-06T07:08:09Z', platforms: ['linux/amd64'], layers: 1 },
    });
    expect(await client.digestOf('team/app', '2.0', signal)).toBe(digest);
    expect(await client.digestOf('team/app', 'nowhere', signal)).toBeUndefined();
  });

  it('names what is not there', async ({ skip }) => {
    const client = registryAt(open(skip).url);
    await expect(client.tags('nobody', undefined, signal)).rejects.toMatchObject({ problem: 'not-found' });
    await expect(client.manifest('team/app', 'nowhere', signal)).rejects.toThrow(
      /team\/app\/manifests\/nowhere: .*\(status 404\)/,
    );
  });

  it('deletes an image with every tag of it, and no other', async ({ skip }) => {
    const client = registryAt(open(skip).url);
    const digest = (await client.digestOf('team/app', '1.0', signal)) ?? '';
    await client.delete('team/app', digest, signal);
    const left = await Promise.all(['1.0', 'latest', '2.0'].map((tag) => client.digestOf('team/app', tag, signal)));
    expect(left.map((each) => each !== undefined)).toEqual([false, false, true]);
  });
});

it('a registry that keeps what it has says so', async ({ skip }) => {
  const registry = (await startRealRegistry({ deletes: false })) ?? skip('docker-registry is not here');
  try {
    const digest = await pushImage(registry.url, 'app', '1');
    const failure = registryAt(registry.url).delete('app', digest, signal);
    await expect(failure).rejects.toMatchObject({ problem: 'not-deletable' });
    expect(await registryAt(registry.url).digestOf('app', '1', signal)).toBe(digest);
  } finally {
    await registry.stop();
  }
});

it('a registry with accounts lets in only those that it knows', async ({ skip }) => {
  const { htpasswd, username, password } = ACCOUNT;
  const registry = (await startRealRegistry({ htpasswd })) ?? skip('docker-registry is not here');
  try {
    await pushImage(registry.url, 'app', '1', { authorization });
    const nobody = registryAt(registry.url).repositories(undefined, signal);
    await expect(nobody).rejects.toMatchObject({ problem: 'unauthorized', message: expect.stringContaining('log in') });
    const wrong = registryAt(registry.url, { username, password: 'guessed' }).repositories(undefined, signal);
    await expect(wrong).rejects.toMatchObject({
      problem: 'unauthorized',
      message: expect.stringContaining('does not accept'),
    });
    const right = registryAt(registry.url, { username, password });
    expect((await right.repositories(undefined, signal)).items).toEqual(['app']);
    expect((await right.tags('app', undefined, signal)).items).toEqual(['1']);
  } finally {
    await registry.stop();
  }
});
