import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineChanged } from '../protocol/lsp.ts';
import { RegistryLink } from './registry-link.ts';
import { startClient, type TestEngine } from './test-client.test-support.ts';

const URI = 'untitled:Dockerfile';
const MISSING = { exists: false, tags: ['22'] } as const;

let engine: TestEngine;
let client: Awaited<ReturnType<typeof startClient>>;

beforeEach(async () => {
  engine = {};
  client = await startClient(engine);
});
afterEach(() => client.stop());

describe('what registries say', () => {
  it('is never waited for, and told when it comes', async () => {
    const asked: string[] = [];
    let answer = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      answer = resolve;
    });
    engine.registry = async (name) => {
      asked.push(name);
      await gate;
      return name === 'node:2' ? MISSING : null;
    };
    expect(await client.open(URI, 'FROM node:2\nFROM silent:1\n')).toEqual([]);
    const next = client.published();
    answer();
    expect(await next).toMatchObject([
      { code: 'base-image-missing', message: 'There is no node:2 in its registry (did you mean node:22?)' },
    ]);
    expect(asked).toEqual(['node:2', 'silent:1']);
  });

  it('is remembered of the names that were asked about last', async () => {
    const asked: string[] = [];
    const link = new RegistryLink(
      async (_method, params) => {
        asked.push(...(params as { names: string[] }).names);
        return undefined;
      },
      () => undefined,
    );
    const names = Array.from({ length: 2500 }, (_, index) => `a${index}:1`);
    for (const name of names) link.ask([name]);
    asked.length = 0;
    link.ask([names[0]!, names.at(-1)!]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain('a0:1');
  });

  it('is asked once, whatever the engine does', async () => {
    let asked = 0;
    engine.registry = async () => {
      asked++;
      return MISSING;
    };
    await client.open(URI, 'FROM node:22\n');
    const next = client.published();
    await client.connection.sendNotification(EngineChanged);
    expect(await next).toMatchObject([{ code: 'base-image-missing' }]);
    await client.change(URI, 'FROM node:22\nUSER 1\n');
    expect(asked).toBe(1);
  });

  it('stays what it was where a client does not answer', async () => {
    let news = 0;
    const link = new RegistryLink(
      async () => undefined,
      () => news++,
    );
    expect(await link.of('node:22')).toBeUndefined();
    expect(await link.namesFor('node:')).toEqual([]);
    expect(await link.of('scratch')).toBeUndefined();
    expect({ known: link.known('node:22'), news }).toEqual({ known: undefined, news: 0 });
  });
});
