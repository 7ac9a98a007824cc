import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRealRegistry } from '../../test/harness/real-registry.ts';
import { pushImage, registryAt, serve } from '../registries/registry.test-support.ts';
import { RegistryAnswers } from './registry-answers.ts';

function answers(url: string, mayAsk = true) {
  const log: string[] = [];
  const registries = { client: async () => registryAt(url, undefined, 500) };
  return {
    log,
    answers: new RegistryAnswers(
      registries,
      () => mayAsk,
      (message) => log.push(message),
    ),
  };
}

describe('a real registry', () => {
  let registry: Awaited<ReturnType<typeof startRealRegistry>>;
  let digest = '';
  beforeAll(async () => {
    registry = await startRealRegistry();
    if (registry === undefined) return;
    digest = await pushImage(registry.url, 'team/app', '1.0', { size: 500 });
    await pushImage(registry.url, 'team/app', '2.0');
  });
  afterAll(() => registry?.stop());

  it('says what there is, and what there is not', async ({ skip }) => {
    const { url } = registry ?? skip('docker-registry is not here');
    const { host } = new URL(url);
    const names = [`${host}/team/app:1.0`, `${host}/team/app:3`, `${host}/nobody:1`];
    const { images } = await answers(url).answers.images({ names });
    expect(images[names[0]!]).toMatchObject({ exists: true, digest, platforms: ['linux/amd64'], layers: 1 });
    expect(images[names[1]!]).toMatchObject({ exists: false, tags: expect.arrayContaining(['1.0', '2.0']) });
    expect(images[names[2]!]).toEqual({ exists: false, tags: [] });
  });

  it('lists tags and repositories as people write them', async ({ skip }) => {
    const { url } = registry ?? skip('docker-registry is not here');
    const { host } = new URL(url);
    const { answers: asked } = answers(url);
    const tags = await asked.names({ written: `${host}/team/app:` });
    expect(tags.names.toSorted()).toEqual([`${host}/team/app:1.0`, `${host}/team/app:2.0`]);
    expect(await asked.names({ written: `${host}/` })).toEqual({ names: [`${host}/team/app`] });
  });
});

it('says nothing where it must not ask, or gets no answer', async () => {
  let asked = 0;
  await using server = await serve((_, response) => {
    asked++;
    response.writeHead(500).end();
  });
  const name = `${server.host}/app:1`;
  const untrusted = answers(server.url, false);
  expect(await untrusted.answers.images({ names: [name] })).toEqual({ images: { [name]: null } });
  expect(asked).toBe(0);
  const failing = answers(server.url);
  expect(await failing.answers.images({ names: [name] })).toEqual({ images: { [name]: null } });
  expect(await failing.answers.names({ written: `${server.host}/` })).toEqual({ names: [] });
  expect(failing.log).toHaveLength(2);
});
