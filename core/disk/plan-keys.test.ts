import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readDockerfile } from '../dockerfile/read.ts';
import { planDockerfile } from '../plan/plan-dockerfile.ts';
import { ContentDigests } from './content-digests.ts';
import { keysOfPlan } from './plan-keys.ts';
import { readContext } from './read-context.ts';

let root: string;
const digests = new ContentDigests();

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-plan-'));
  await mkdir(join(root, 'src/deep'), { recursive: true });
  await writeFile(join(root, 'src/a.txt'), 'aaaa');
  await writeFile(join(root, 'src/deep/b.txt'), 'bb');
  await writeFile(join(root, 'src/c.log'), 'cccccccc');
  await writeFile(join(root, '.dockerignore'), '**/*.log\n');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function planOf(text: string, between: () => Promise<void> = async () => undefined) {
  const { value: dockerfile } = readDockerfile(text);
  const signal = AbortSignal.timeout(10_000);
  const { tree, ignore } = await readContext(root, join(root, 'Dockerfile'), signal);
  const images = new Map();
  const buildPlatform = { os: 'linux', architecture: 'amd64' };
  const plan = planDockerfile(dockerfile, { context: tree, ignore, buildArgs: {}, images, buildPlatform });
  await between();
  const keys = await keysOfPlan(plan.value, root, images, digests, signal);
  return { ...plan, keys: (keys.get(plan.value.target ?? 0) ?? []).map((key) => (key.known ? key.key : undefined)) };
}

it('counts the files and bytes that COPY brings, without those that .dockerignore leaves out', async () => {
  const { value, problems } = await planOf('FROM scratch\nCOPY src /srv/');
  expect(problems).toEqual([]);
  expect(value.stages[0]?.steps[0]?.effect).toMatchObject({
    totals: { files: 2, bytes: 6, directories: 1, more: false },
  });
});

it('names each path that COPY of a directory makes, with its bytes', async () => {
  const { value } = await planOf('FROM scratch\nCOPY src /srv/');
  const effect = value.stages[0]?.steps[0]?.effect;
  const files = effect?.kind === 'copy' ? (effect.files ?? []) : [];
  expect(files.map(({ source, destination, type, size }) => [source, destination, type, size])).toEqual([
    ['src/a.txt', '/srv/a.txt', 'file', 4],
    ['src/deep', '/srv/deep', 'directory', 0],
    ['src/deep/b.txt', '/srv/deep/b.txt', 'file', 2],
  ]);
});

it('tells a missing source from an ignored one', async () => {
  const { problems } = await planOf('FROM scratch\nCOPY gone /\nCOPY src/c.log /');
  expect(problems).toMatchObject([
    { code: 'copy-source-missing', range: { start: { line: 1, character: 5 }, end: { line: 1, character: 9 } } },
    { code: 'copy-source-ignored', range: { start: { line: 2, character: 5 } } },
  ]);
});

it('changes the keys from a changed file on, and for nothing else', async () => {
  const text = 'FROM scratch\nCOPY src/deep /deep\nCOPY src/a.txt /a\nENV X=1\nCOPY src/deep /again';
  const before = await planOf(text);
  await utimes(join(root, 'src/a.txt'), 1, 1);
  await writeFile(join(root, 'src/c.log'), 'other');
  expect((await planOf(text)).keys).toEqual(before.keys);
  await writeFile(join(root, 'src/a.txt'), 'AAAA');
  const after = await planOf(text);
  expect(after.keys.map((key, i) => key === before.keys[i])).toEqual([true, false, false, false]);
});

it('depends on what a RUN sees of the context', async () => {
  const text = 'FROM scratch\nRUN --mount=target=/src,source=src cat /src/a.txt';
  const before = await planOf(text);
  await writeFile(join(root, 'src/a.txt'), 'AAAA');
  expect(before.keys[0]).toBeDefined();
  expect((await planOf(text)).keys).not.toEqual(before.keys);
});

it('leaves the keys unknown that hang on a file which has gone since', async () => {
  const { keys } = await planOf('FROM scratch\nCOPY src/deep /deep\nCOPY src/a.txt /a', () =>
    rm(join(root, 'src/a.txt')),
  );
  expect(keys).toEqual([expect.stringMatching(/^sha256:/), undefined]);
});

it('tells of a missing or ignored source of a bind mount', async () => {
  const { problems } = await planOf(
    'FROM scratch\nRUN --mount=source=gone,target=/x ls\nRUN --mount=source=src/c.log,target=/x ls',
  );
  expect(problems).toMatchObject([
    { code: 'copy-source-missing', subject: 'gone', range: { start: { line: 1, character: 19 } } },
    { code: 'copy-source-ignored', subject: 'src/c.log' },
  ]);
});
