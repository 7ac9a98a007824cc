// The same inputs give the same layers, and with SOURCE_DATE_EPOCH the same image, whoever builds them and when.
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import { applyEdits } from '../../core/lint/apply-edits.ts';
import { lintDockerfile } from '../../core/lint/lint.ts';
import { DEFAULT_SETTINGS } from '../../core/lint/lint-settings.ts';
import { TarReader } from '../../runtime/archive/tar-reader.ts';
import type { BuildRequest } from '../../runtime/build/builder.ts';
import { type BuildGround, openBuildGround } from './build-ground.ts';

const EPOCH = 1_600_000_000;
/** With the rules that are off unless they are asked for. */
const LOUD = { ...DEFAULT_SETTINGS, severities: new Map([['DL1001', 'info' as const]]) };

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
  const at = new Date(EPOCH * 1000).toISOString().replace('.000Z', 'Z');
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

test('an ARG above the first FROM gives SOURCE_DATE_EPOCH its default', async () => {
  const [ground] = grounds;
  const dockerfile = (value: string) =>
    `ARG SOURCE_DATE_EPOCH=${value}\nFROM box\nARG SOURCE_DATE_EPOCH\nRUN echo "$SOURCE_DATE_EPOCH" > /tmp/at\n`;
  const built = async (value: string, buildArgs: Record<string, string> = {}) => {
    const context = await ground!.context({ Dockerfile: dockerfile(value) });
    const events: string[] = [];
    const id = await ground!.builder.build({ dockerfile: 'Dockerfile', context, buildArgs }, ({ kind }) => {
      events.push(kind);
    });
    return { created: ground!.images.get(id)!.config.created, cached: events.includes('cached') };
  };
  expect(await built('1000')).toEqual({ created: '1970-01-01T00:16:40Z', cached: false });
  expect(await built('2000', { SOURCE_DATE_EPOCH: '1000' })).toEqual({ created: '1970-01-01T00:16:40Z', cached: true });
  expect(await built('2000')).toEqual({ created: '1970-01-01T00:33:20Z', cached: false });
  // A folder of this machine has no moment of its own.
  const { created } = await built('context');
  expect(Date.parse(created ?? '')).toBeGreaterThan(Date.parse('2020-01-01'));
  await expect(built('soon')).rejects.toMatchObject({
    code: 'source-date-invalid',
    message: expect.stringContaining('invalid SOURCE_DATE_EPOCH: soon'),
    range: { start: { line: 0 } },
  });
});

/** Dockerfiles with something to fix, by the rule; each line that a fix changes has an effect on the image. */
const FIXABLE: readonly (readonly [code: string, dockerfile: string])[] = [
  ['ConsistentInstructionCasing', 'FROM box\nrun echo x > /x\ncopy d /to/\nENV A=1\nUSER 7\nCMD ["a"]\n'],
  ['FromAsCasing', 'FROM box as base\nRUN echo x > /x\nFROM base\nCOPY --from=base /x /y\n'],
  ['StageNameCasing', 'FROM box AS Base\nRUN echo x > /x\nFROM box\nCOPY --from=Base /x /y\n'],
  ['LegacyKeyValueFormat', 'FROM box\nENV A one  two \nLABEL b c d\nRUN echo "$A" > /a\n'],
  ['ExposeInvalidFormat', 'FROM box\nEXPOSE 8080:80 127.0.0.1:53:53/udp\n'],
  ['ExposeProtoCasing', 'FROM box\nEXPOSE 80/TCP 81-82/Udp\n'],
  ['MultipleInstructionsDisallowed', 'FROM box\nCMD ["a"]\nENTRYPOINT ["b"]\nCMD ["c"]\nENTRYPOINT ["d"]\n'],
  ['NoEmptyContinuation', 'FROM box\nRUN echo a \\\n\n  b > /x\nENV A=1 \\\n\n\n  B=2\n'],
  ['RedundantTargetPlatform', 'FROM --platform=$TARGETPLATFORM box\nCOPY d /to/\n'],
  ['DL3000', 'FROM box\nWORKDIR /a/b\nWORKDIR ../c\nCOPY d .\nWORKDIR e\nRUN pwd > where\n'],
  ['DL1001', 'FROM box\n# hadolint ignore=DL3059\nRUN echo x > /x\n'],
  ['directive-casing', '# Escape=`\nFROM box\nRUN echo a `\n  b > /x\n'],
];

test.each(FIXABLE)('an image stays the same when %s is fixed in its Dockerfile', async (code, dockerfile) => {
  const found = (text: string) =>
    lintDockerfile(readDockerfile(text).value, text, { settings: LOUD }).filter((finding) => finding.code === code);
  const edits = found(dockerfile).flatMap(({ fixes }) => fixes[0]?.edits ?? []);
  const fixed = applyEdits(dockerfile, edits);
  expect(edits).not.toEqual([]);
  expect(found(fixed)).toEqual([]);
  const images = [];
  for (const [index, text] of [dockerfile, fixed].entries()) {
    const { builder, images: store, context } = grounds[index]!;
    const folder = await context({ Dockerfile: text, 'd/a': 'a' });
    const buildArgs = { SOURCE_DATE_EPOCH: String(EPOCH) };
    const { config } = store.get(
      await builder.build({ dockerfile: 'Dockerfile', context: folder, buildArgs }, () => undefined),
    )!;
    const { history: _, ...image } = config;
    images.push(image);
  }
  expect(images[1]).toEqual(images[0]);
});
