// Random Dockerfiles and random edits: what the plan says of the cache is what the build does, and an image that was
// built upon the cache is the one that is built without it. `npm run random-builds` does many more.
import { chmod, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ContentDigests } from '../../core/disk/content-digests.ts';
import { keysOfPlan } from '../../core/disk/plan-keys.ts';
import { readContext } from '../../core/disk/read-context.ts';
import { sha256 } from '../../core/disk/sha256.ts';
import { chainIds, type ImageId } from '../../core/image/digest.ts';
import { normalisePlatform } from '../../core/image/platform.ts';
import type { BaseImage } from '../../core/plan/plan.ts';
import { predictCached } from '../../core/plan/predict-cache.ts';
import { TarReader } from '../../runtime/archive/tar-reader.ts';
import type { BuildRequest } from '../../runtime/build/builder.ts';
import { createReadAndPlan } from '../../runtime/build/read-and-plan.ts';
import { type Edit, type RandomBuild, type RandomStage, randomBuild, textOf } from '../build-random/random-build.ts';
import { type BuildGround, openBuildGround } from './build-ground.ts';

const COUNT = Number(process.env.LAPSTRAKE_RANDOM_BUILDS ?? 40);
const SEED = Number(process.env.LAPSTRAKE_RANDOM_SEED ?? 20_240_506);
/** Cases after which both stores are emptied. */
const FORGET_AFTER = 20;
const PLATFORM = normalisePlatform({ os: 'linux', architecture: process.arch });

let cached: BuildGround;
let fresh: BuildGround;
beforeAll(async () => {
  cached = await openBuildGround();
  fresh = await openBuildGround();
});
afterAll(async () => {
  await fresh?.[Symbol.asyncDispose]();
  await cached?.[Symbol.asyncDispose]();
});

/** A case as it stands: the Dockerfile in the making, and its context on the disk. */
interface State {
  readonly context: string;
  stages: RandomStage[];
  args: Readonly<Record<string, string>>;
  target: string | undefined;
}

async function apply(state: State, edit: Edit): Promise<void> {
  const instructions = 'stage' in edit ? [...(state.stages[edit.stage]?.instructions ?? [])] : [];
  const replace = (): void => {
    if (!('stage' in edit)) return;
    state.stages = state.stages.map((stage, index) => (index === edit.stage ? { ...stage, instructions } : stage));
  };
  const path = 'file' in edit ? join(state.context, edit.file) : '';
  switch (edit.kind) {
    case 'write':
      return writeFile(path, edit.text);
    case 'remove':
      return rm(path, { force: true });
    case 'touch':
      return ifThere(path, () => utimes(path, 1e9, 1e9));
    case 'mode':
      return ifThere(path, async () => chmod(path, ((await stat(path)).mode ^ 0o111) & 0o777));
    case 'ignore':
      return writeFile(join(state.context, '.dockerignore'), `${edit.pattern}\n`);
    case 'argument':
      state.args = { A: edit.value };
      return;
    case 'target':
      state.target = state.stages[edit.stage] === undefined ? undefined : `s${edit.stage}`;
      return;
    case 'instruction':
      instructions.splice(Math.min(edit.at, instructions.length - 1), 1, edit.to);
      return replace();
    case 'insert':
      instructions.splice(edit.at, 0, edit.to);
      return replace();
    case 'drop':
      instructions.splice(edit.at, 1);
      return replace();
    default:
  }
}

async function ifThere(path: string, work: () => Promise<void>): Promise<void> {
  if (await stat(path).catch(() => undefined)) await work();
}

/** Names of the steps that the plan expects from the cache, and of all. */
async function predicted(request: BuildRequest): Promise<string[]> {
  const never = new AbortController().signal;
  const { tree, ignore } = await readContext(request.context, join(request.context, 'Dockerfile'), never);
  const box = cached.images.find('box')!;
  const chainId = chainIds(
    box.layers.map(({ diffId }) => diffId),
    sha256,
  ).at(-1)!;
  const images = new Map<string, BaseImage>([['box', { id: box.id, config: box.config.config, chainId }]]);
  const text = await readFile(join(request.context, 'Dockerfile'), 'utf8');
  const { value: plan, problems } = createReadAndPlan()(text, request.buildArgs ?? {}).plan({
    context: tree,
    ignore,
    images,
    buildArgs: request.buildArgs ?? {},
    buildPlatform: PLATFORM,
    isArchive: () => false,
    ...(request.target !== undefined && { target: request.target }),
  });
  if (problems.some(({ severity }) => severity === 'error')) return [];
  const keys = await keysOfPlan(plan, request.context, images, new ContentDigests(), never);
  const known = [...keys.values()].flat().flatMap((key) => (key.known ? [key.key] : []));
  const records = new Map((await cached.builder.lookup(known)).map((record) => [record.key, record]));
  const answer = predictCached(plan, keys, (key) => records.get(key), sha256);
  let number = 0;
  const names: string[] = [];
  for (const { index, steps } of plan.stages) {
    number++;
    for (const [at, { text: written }] of steps.entries()) {
      number++;
      if (answer.get(index)?.[at] === true) names.push(`${number}: ${written}`);
    }
  }
  return names;
}

type Outcome =
  | { readonly id: ImageId; readonly cached: readonly string[] }
  | { readonly failure: string; readonly cached: readonly string[] };

async function build(ground: BuildGround, request: BuildRequest): Promise<Outcome> {
  const texts = new Map<number, string>();
  const reused = new Set<number>();
  const names = (): string[] => [...reused].sort((a, b) => a - b).map((number) => `${number}: ${texts.get(number)}`);
  try {
    const id = await ground.builder.build(request, (event) => {
      if (event.kind === 'step') texts.set(event.number, event.text);
      if (event.kind === 'cached') reused.add(event.step);
    });
    return { id, cached: names() };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error), cached: names() };
  }
}

/** All of an image that does not tell when it was built. */
async function contentsOf({ images, blobs }: BuildGround, id: ImageId): Promise<unknown> {
  const { config, layers } = images.get(id)!;
  const files: string[][] = [];
  for (const { blob } of layers.slice(config.history[0]?.created_by === 'box' ? 1 : 0)) {
    const reader = new TarReader(await blobs.open(blob));
    const lines: string[] = [];
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
      const { name, type, mode, uid, gid, linkname } = entry;
      const content = type === 'file' ? sha256(Buffer.from(await reader.readAll()).toString('latin1')) : '';
      lines.push([name, type, mode.toString(8), uid, gid, linkname, content].join(' '));
    }
    files.push(lines);
  }
  const history = config.history.map(({ created_by, empty_layer }) => ({ created_by, empty_layer }));
  return { config: config.config, history, files };
}

async function check(random: RandomBuild): Promise<void> {
  const state: State = {
    context: await cached.context(random.files),
    stages: [...random.stages],
    args: random.args,
    target: undefined,
  };
  for (const edit of [{ kind: 'none' } as const, ...random.edits]) {
    await apply(state, edit);
    await writeFile(join(state.context, 'Dockerfile'), textOf(state.stages));
    const request: BuildRequest = {
      dockerfile: 'Dockerfile',
      context: state.context,
      buildArgs: state.args,
      target: state.target,
    };
    const expected = await predicted(request);
    const incremental = await build(cached, request);
    if ('failure' in incremental) {
      expect(expected, 'what was reused before the failure was predicted').toEqual(
        expect.arrayContaining([...incremental.cached]),
      );
    } else expect(incremental.cached, 'what the plan predicted is what was reused').toEqual(expected);
    if (edit !== random.edits.at(-1)) continue;
    const anew = await build(fresh, { ...request, noCache: true });
    if ('failure' in incremental || 'failure' in anew) {
      expect(incremental).toMatchObject({ failure: 'failure' in anew ? anew.failure : 'none' });
    } else expect(await contentsOf(cached, incremental.id)).toEqual(await contentsOf(fresh, anew.id));
  }
  await rm(state.context, { recursive: true });
}

async function forget({ builder, images }: BuildGround): Promise<void> {
  const box = images.find('box')!.id;
  for (const { Id } of images.list({ all: true })) if (Id !== box) await images.remove(Id, { force: true });
  await builder.prune();
}

test(`the plan foretells the cache, and the cache changes nothing: ${COUNT} builds at random, seed ${SEED}`, async () => {
  let count = 0;
  const property = fc.asyncProperty(randomBuild, async (random) => {
    await check(random);
    if (++count % FORGET_AFTER === 0) await Promise.all([cached, fresh].map(forget));
  });
  await fc.assert(property, { numRuns: COUNT, seed: SEED, endOnFailure: true });
  expect((await cached.snapshots.list()).active).toEqual([]);
}, 3_600_000);
