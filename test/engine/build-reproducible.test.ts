// The same inputs give the same layers, and with SOURCE_DATE_EPOCH the same image, whoever builds them and when.
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TarReader } from '../../runtime/archive/tar-reader.ts';
import type { BuildRequest } from '../../runtime/build/builder.ts';
import { type BuildGround, openBuildGround } from './build-ground.ts';

const EPOCH = 1_600_000_000;

let grounds: BuildGround[];
beforeAll(async () => {
  grounds = [await openBuildGround(), await openBuildGround()];
});
afterAll(async () => {
  for (const ground of grounds ?? []) await ground[Symbol.asyncDispose]();
});

/** Builds in both stores, from files of different times where `times` says so. */
async function builtTwice(dockerfile: string, buildArgs: Record<string, string>, times: readonly [number, number]) {
  const built = [];
  for (const [index, ground] of grounds.entries()) {
    const context = await ground.context({ Dockerfile: dockerfile, 'd/a': 'a', 'd/b': 'b' });
    for (const name of ['d/a', 'd/b', 'd']) await utimes(join(context, name), times[index]!, times[index]!);
    const request: BuildRequest = { dockerfile: 'Dockerfile', context, buildArgs };
    const id = await ground.builder.build(request, () => undefined);
    const { layers, config } = ground.images.get(id)!;
    built.push({ id, config, layers, diffIds: layers.map(({ diffId }) => diffId), ground });
  }
  return built;
}

test('layers of equal inputs are equal to the byte', async () => {
  const dockerfile = [
    'FROM box',
    'WORKDIR /w/deep',
    'COPY d /to/d/',
    'COPY <<EOF /h',
    'text',
    'EOF',
    'RUN echo x > /tmp/f && touch -d @1000 /tmp/f /tmp',
    '',
  ].join('\n');
  const [one, two] = await builtTwice(dockerfile, {}, [EPOCH, EPOCH]);
  expect(one!.layers).toHaveLength(5);
  expect(two!.diffIds).toEqual(one!.diffIds);
});

test('with SOURCE_DATE_EPOCH images are equal, and nothing in them is younger', async () => {
  const dockerfile =
    'FROM box\nWORKDIR /w\nCOPY d /to/\nRUN mkdir -p /tmp/made && echo x > /tmp/made/f && ln -s f /tmp/made/l\nCMD ["x"]\n';
  const buildArgs = { SOURCE_DATE_EPOCH: String(EPOCH) };
  const [one, two] = await builtTwice(dockerfile, buildArgs, [EPOCH + 5, EPOCH + 500]);
  expect(two!.id).toBe(one!.id);
  const at = new Date(EPOCH * 1000).toISOString();
  expect(one!.config.created).toBe(at);
  expect(one!.config.history.slice(1).map(({ created }) => created)).toEqual(Array(4).fill(at));
  for (const { blob } of one!.layers.slice(1)) {
    const reader = new TarReader(await one!.ground.blobs.open(blob));
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
      expect(entry.mtime, `${entry.name}`).toBeLessThanOrEqual(BigInt(EPOCH) * 1_000_000_000n);
    }
  }
});

test('another SOURCE_DATE_EPOCH, or none, is another layer of the cache', async () => {
  const [ground] = grounds;
  const context = await ground!.context({ Dockerfile: 'FROM box\nRUN echo > /tmp/x\n' });
  const cachedWith = async (buildArgs: Record<string, string>): Promise<boolean> => {
    let cached = false;
    await ground!.builder.build({ dockerfile: 'Dockerfile', context, buildArgs }, ({ kind }) => {
      cached ||= kind === 'cached';
    });
    return cached;
  };
  expect(await cachedWith({ SOURCE_DATE_EPOCH: '1' })).toBe(false);
  expect(await cachedWith({ SOURCE_DATE_EPOCH: '2' })).toBe(false);
  expect(await cachedWith({})).toBe(false);
  expect(await cachedWith({ SOURCE_DATE_EPOCH: '2' })).toBe(true);
  await expect(cachedWith({ SOURCE_DATE_EPOCH: 'soon' })).rejects.toThrow('invalid SOURCE_DATE_EPOCH: soon');
});
