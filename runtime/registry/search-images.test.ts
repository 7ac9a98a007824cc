import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RegistryHosts } from './hosts.ts';
import { searchImages } from './search-images.ts';

const { signal } = new AbortController();
const hosts = new RegistryHosts({ mirrors: [], insecureRegistries: [], certificates: [], env: {} });
/** What the registry answers a search with, and what it was asked. */
let answer: { status: number; body: string };
let asked: string[] = [];
const server = createServer(({ url = '' }, response) => {
  asked.push(url);
  if (url.startsWith('/v1/search')) response.writeHead(answer.status).end(answer.body);
  else response.writeHead(url === '/v2/' ? 200 : 404).end('{}');
});
let host = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  asked = [];
});

const search = (words: string, limit = 25) => searchImages(hosts, { term: `${host}/${words}`, limit, signal });

describe('a registry that has a search', () => {
  it('is asked for the words and the number wanted, and each result is as Docker has it', async () => {
    const found = { name: 'team/app', description: 'An app', star_count: 7, is_official: true, is_automated: false };
    answer = { status: 200, body: JSON.stringify({ num_results: 2, results: [found, { name: 'bare', more: 1 }] }) };
    expect(await search('team app', 2)).toEqual([
      found,
      { name: 'bare', description: '', star_count: 0, is_official: false, is_automated: false },
    ]);
    expect(asked.filter((url) => url.startsWith('/v1'))).toEqual(['/v1/search?q=team+app&n=2']);
  });

  it('gives no more than were asked for', async () => {
    answer = { status: 200, body: JSON.stringify({ results: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] }) };
    expect((await search('x', 2)).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('that refuses is told as refusing', async () => {
    answer = { status: 403, body: JSON.stringify({ errors: [{ code: 'DENIED', message: 'not for you' }] }) };
    await expect(search('x')).rejects.toThrow('not for you');
  });
});

it('a registry with neither a search nor a list is told as such', async () => {
  answer = { status: 404, body: '' };
  await expect(search('x')).rejects.toMatchObject({ kind: 'unsupported', code: 'search-unsupported' });
});

it.each([
  ['https://registry.example/x', 25, 'should not have a scheme'],
  ['x', 0, 'outside the range of [1, 100]'],
  ['x', 101, 'outside the range of [1, 100]'],
])('%s with the limit %i is refused', async (term, limit, why) => {
  await expect(searchImages(hosts, { term, limit, signal })).rejects.toThrow(why);
});
