import { chmod, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { ContentDigests } from '../../core/disk/content-digests.ts';
import { keysOfPlan } from '../../core/disk/plan-keys.ts';
import { readContext } from '../../core/disk/read-context.ts';
import { sha256 } from '../../core/disk/sha256.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import { emptyConfig } from '../../core/image/config.ts';
import { asDiffId, asImageId, chainIds, type Digest, parseDigest } from '../../core/image/digest.ts';
import type { StepKey } from '../../core/plan/cache-key.ts';
import type { BaseImage, PlannedStage } from '../../core/plan/plan.ts';
import { planDockerfile } from '../../core/plan/plan-dockerfile.ts';
import { hostPlatform } from '../../runtime/os/host-platform.ts';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type ContextFolder, contextFolder } from './build-context.ts';
import { ask, layerEntries } from './engine-state.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

// What core/ says of a Dockerfile over a folder, as the editor shows it, against what the engine then builds from it.

let registry: BaseImages;
let daemon: RealDaemon;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  await daemon.docker('pull', 'busybox');
});

afterAll(async () => {
  const left = await daemon?.stop();
  await registry?.stop();
  expect(left).toEqual([]);
});

const InspectedImage = z.array(
  z.object({
    Id: z.string(),
    Config: z.object({ Env: z.array(z.string()), Cmd: z.array(z.string()) }),
    RootFS: z.object({ Layers: z.array(z.string()) }),
  }),
);
const CacheAnswer = z.object({
  records: z.record(z.string(), z.nullable(z.looseObject({ diffId: z.optional(z.string()) }))),
});

const digest = (text: string): Digest => parseDigest(text)!;

async function inspect(name: string) {
  const { stdout } = await daemon.docker('image', 'inspect', name);
  return z.parse(InspectedImage, JSON.parse(stdout))[0]!;
}

/** What an engine tells the planner of an image. */
async function baseImage(name: string): Promise<BaseImage> {
  const { Id, Config, RootFS } = await inspect(name);
  const chainId = chainIds(
    RootFS.Layers.map((layer) => asDiffId(digest(layer))),
    sha256,
  ).at(-1);
  return {
    id: asImageId(digest(Id)),
    config: { ...emptyConfig(), Env: Config.Env, Cmd: Config.Cmd },
    ...(chainId !== undefined && { chainId }),
  };
}

interface Planned {
  readonly stage: PlannedStage;
  readonly keys: readonly StepKey[];
}

/** The plan of the last stage. */
async function plan(context: ContextFolder, text: string, buildArgs: Record<string, string> = {}): Promise<Planned> {
  const { value: dockerfile, problems } = readDockerfile(text);
  expect(problems).toEqual([]);
  const signal = AbortSignal.timeout(30_000);
  const { tree, ignore } = await readContext(context.path, join(context.path, 'Dockerfile'), signal);
  const images = new Map([['busybox', await baseImage('busybox')]]);
  const inputs = { context: tree, ignore, buildArgs, images, buildPlatform: hostPlatform() };
  const plan = planDockerfile(dockerfile, inputs);
  const keys = await keysOfPlan(plan.value, context.path, images, new ContentDigests(), signal);
  expect(plan.problems).toEqual([]);
  const stage = plan.value.stages.at(-1)!;
  return { stage, keys: keys.get(stage.index)! };
}

async function build(context: ContextFolder, text: string, ...options: readonly string[]): Promise<string> {
  await context.write({ Dockerfile: text });
  const { code, stdout, stderr } = await daemon.docker('build', '-t', 'planned', ...options, context.path);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** What the builder remembers under keys. */
async function cached(keys: readonly StepKey[]) {
  const known = keys.map((key) => (key.known ? key.key : expect.fail(`no key: ${key.missing}`)));
  const { status, text } = await ask(daemon, 'POST', '/lapstrake/cache', { json: { keys: known } });
  expect(status).toBe(200);
  const { records } = z.parse(CacheAnswer, JSON.parse(text));
  return known.map((key) => records[key] ?? null);
}

const ignoring = '.dockerignore';
const files = {
  [ignoring]: '*.log\nDockerfile\n',
  'a.txt': 'a',
  'b.txt': 'bb',
  'c.log': 'ccc',
  'tool.sh': '#!/bin/sh\n',
  'dir/one': '1',
  'dir/sub/two': '22',
  'dir/sub/three.log': '333',
  'other/four': '4444',
};

const lines = [
  'COPY . /all/',
  'COPY a.txt /single',
  'COPY a.txt b.txt /both/',
  'COPY dir /dir',
  'COPY dir other /merged/',
  'COPY *.txt /wild/',
  'COPY --chmod=600 --chown=5:6 tool.sh /chmod/',
  'COPY --exclude=sub dir /excluded/',
  'COPY --parents dir/sub/two other /parents/',
  'COPY dir/link /links/',
  'ADD a.txt /deep/er/still',
];

describe('the files that a COPY is planned to bring', () => {
  test.each(lines)('are the layer’s, to the byte: %s', async (line) => {
    await using context = await contextFolder(files);
    await chmod(join(context.path, 'tool.sh'), 0o755);
    await symlink('sub/two', join(context.path, 'dir/link'));
    const text = `FROM busybox\n${line}\n`;
    const { stage } = await plan(context, text);
    const { effect } = stage.steps[0]!;
    if (effect.kind !== 'copy' || effect.files === undefined) return expect.fail('no files are planned');
    await build(context, text);
    const owner = effect.chown ?? '0:0';
    const planned = effect.files
      .filter(({ destination }) => destination !== '/')
      .map(({ destination, type, mode, size }) => {
        const bits = type === 'symlink' ? '0777' : mode.toString(8).padStart(4, '0');
        return `${destination.slice(1)}${type === 'directory' ? '/' : ''} ${bits} ${owner} ${type === 'file' ? size : 0}`;
      });
    const names = new Set(planned.map((entry) => entry.split(' ')[0]));
    const built = await layerEntries(daemon, 'planned', -1);
    // Directories on the way to the destination come along; nothing else does.
    const onTheWay = built.filter((entry) => !names.has(entry.split(' ')[0]));
    const isOnTheWay = (folder: string) => folder.endsWith('/') && [...names].some((name) => name?.startsWith(folder));
    expect(onTheWay.filter((entry) => !isOnTheWay(entry.split(' ')[0]!))).toEqual([]);
    expect(built.filter((entry) => names.has(entry.split(' ')[0])).sort()).toEqual([...planned].sort());
  });
});

const whole = [
  'FROM busybox',
  'ARG WHO=world',
  'ENV GREETING="hello $WHO"',
  'WORKDIR /srv',
  'COPY dir .',
  'RUN echo $GREETING > greeting',
  'RUN --mount=type=bind,source=a.txt,target=/a.txt cat /a.txt > copy-of-a',
  'COPY <<EOF /inline',
  'hello $WHO',
  'EOF',
  'LABEL who=$WHO',
  'EXPOSE 80',
  'CMD ["cat", "/srv/greeting"]',
].join('\n');

describe('the keys that are computed beforehand', () => {
  test('are those under which the builder remembers, with the layers that it made', async () => {
    await using context = await contextFolder(files);
    const before = await plan(context, whole);
    expect((await cached(before.keys)).every((record) => record === null)).toBe(true);
    await build(context, whole);
    const { stage, keys } = await plan(context, whole);
    const records = await cached(keys);
    const { RootFS } = await inspect('planned');
    expect(records.map((record) => record?.diffId !== undefined)).toEqual(stage.steps.map(({ layer }) => layer));
    expect(records.flatMap((record) => record?.diffId ?? [])).toEqual(
      RootFS.Layers.slice(RootFS.Layers.length - records.filter((record) => record?.diffId !== undefined).length),
    );
  });

  test('say which steps a change breaks, as the builder then finds', async () => {
    await using context = await contextFolder(files);
    await build(context, whole);
    for (const [change, buildArgs] of [
      [{ 'a.txt': 'changed' }, {}],
      [{ 'dir/one': 'changed' }, {}],
      [{ 'dir/new': 'new' }, {}],
      [{ 'c.log': 'ignored' }, {}],
      [{}, { WHO: 'you' }],
    ] as const) {
      await context.write(change as Record<string, string>);
      const { keys } = await plan(context, whole, buildArgs);
      const expected = (await cached(keys)).map((record) => record !== null);
      const options = Object.entries(buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
      const stdout = await build(context, whole, ...options);
      const found = stdout
        .split(/^Step /m)
        .slice(2)
        .map((step) => step.includes('---> Using cache'));
      expect({ change, found }).toEqual({ change, found: expected });
    }
  });

  test('are what history tells, instruction by instruction', async () => {
    await using context = await contextFolder(files);
    await build(context, whole);
    const { stage } = await plan(context, whole);
    const { stdout } = await daemon.docker('history', '--no-trunc', '--format', '{{.CreatedBy}}', 'planned');
    const told = stdout.trim().split('\n').reverse();
    expect(told.slice(-stage.steps.length)).toEqual(stage.steps.map(({ createdBy }) => createdBy));
  });
});
