import { describe, expect, it } from 'vitest';
import { sha256 } from '../disk/sha256.ts';
import { emptyConfig } from '../image/config.ts';
import type { Digest } from '../image/digest.ts';
import { filesToDigest, type KeyInput, planKeys, type StepKey } from './cache-key.ts';
import type { CopyEffect, Effect, PlannedFile, RunEffect } from './effect.ts';
import { explainCache } from './explain-cache.ts';
import type { BuildPlan, PlannedStage, PlannedStep, StageBase } from './plan.ts';

const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };

function step(keyword: string, createdBy: string, effect: Effect): PlannedStep {
  const facts = { range, text: createdBy, trigger: false, variables: {}, config: emptyConfig() };
  return { keyword, createdBy, effect, layer: effect.kind !== 'metadata', ...facts };
}

function run(command: string, more: Partial<RunEffect> = {}): PlannedStep {
  const effect: RunEffect = {
    kind: 'run',
    argv: ['/bin/sh', '-c', command],
    command,
    environment: { PATH: '/bin' },
    argumentNames: [],
    proxy: {},
    workingDir: '/',
    user: '',
    mounts: [],
    network: 'default',
    security: 'sandbox',
    ...more,
  };
  return step('RUN', `RUN ${command}`, effect);
}

function copy(files: readonly PlannedFile[], more: Partial<CopyEffect> = {}): PlannedStep {
  return step('COPY', 'COPY . /app/', {
    kind: 'copy',
    origin: { kind: 'context' },
    sources: [],
    destination: '/app',
    destinationRule: 'directory',
    files,
    link: false,
    parents: false,
    exclude: [],
    unpack: 'none',
    keepGitDir: false,
    ...more,
  });
}

const label = (text: string) => step('LABEL', `LABEL ${text}`, { kind: 'metadata' });

function file(source: string, mode = 0o644): PlannedFile {
  return { source, destination: `/app/${source}`, type: 'file', size: 1, mode };
}

function stage(index: number, base: StageBase, ...steps: PlannedStep[]): PlannedStage {
  const platform = { os: 'linux', architecture: 'amd64' };
  return { index, range, text: 'FROM x', base, platform, needs: [], steps, config: emptyConfig(), baseKnown: true };
}

function keysOf(stages: readonly PlannedStage[], contents: Record<string, string> = {}): StepKey[][] {
  const plan: BuildPlan = { stages, references: [] };
  const keys = planKeys(plan, {
    sha256,
    fileDigest: (path) => (contents[path] === undefined ? undefined : sha256(contents[path])),
    imageId: () => undefined,
  });
  return stages.map(({ index }) => [...(keys.get(index) ?? [])]);
}

function keyOf(steps: readonly PlannedStep[], contents: Record<string, string> = {}): Digest {
  const last = keysOf([stage(0, { kind: 'scratch' }, ...steps)], contents)[0]?.at(-1);
  if (!last?.known) throw new Error(`no key: ${JSON.stringify(last)}`);
  return last.key;
}

function inputsOf(key: StepKey | undefined): readonly KeyInput[] {
  return key?.known === true ? key.inputs : [];
}

describe('a cache key', () => {
  it('changes with the command, the variables, the user and the working directory of a RUN', () => {
    const keys = [
      keyOf([run('a')]),
      keyOf([run('b')]),
      keyOf([run('a', { user: 'node' })]),
      keyOf([run('a', { workingDir: '/app' })]),
      keyOf([run('a', { environment: { PATH: '/bin', X: '1' } })]),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('does not change with proxies, the order of variables, or metadata below', () => {
    const plain = keyOf([run('a', { environment: { A: '1', B: '2' } })]);
    expect(keyOf([run('a', { environment: { B: '2', A: '1' }, proxy: { HTTP_PROXY: 'x' } })])).toBe(plain);
    expect(keyOf([label('a=1'), run('a', { environment: { A: '1', B: '2' } })])).toBe(plain);
  });

  it('changes with content, mode and name of a file, and with every layer below', () => {
    const plain = keyOf([copy([file('a')])], { a: 'x' });
    expect(keyOf([copy([file('a')])], { a: 'y' })).not.toBe(plain);
    expect(keyOf([copy([file('a', 0o755)])], { a: 'x' })).not.toBe(plain);
    expect(keyOf([copy([file('b')])], { b: 'x' })).not.toBe(plain);
    expect(keyOf([run('true'), copy([file('a')])], { a: 'x' })).not.toBe(plain);
  });

  it('is the same whether a file is named or matched', () => {
    const sources = [{ kind: 'path', text: '*', range }] as const;
    expect(keyOf([copy([file('a')], { sources })], { a: 'x' })).toBe(keyOf([copy([file('a')])], { a: 'x' }));
  });

  it('is unknown above what is not known, and says what that is', () => {
    const [keys] = keysOf([stage(0, { kind: 'image', reference: 'busybox' }, run('a'))]);
    expect(keys).toEqual([{ known: false, missing: 'busybox' }]);
    const [more] = keysOf([stage(0, { kind: 'scratch' }, copy([file('a')]), run('a'))]);
    expect(more).toEqual([
      { known: false, missing: 'a' },
      { known: false, missing: 'a' },
    ]);
  });

  it('follows files to the stage that they come from', () => {
    const built = (command: string) =>
      keysOf([
        stage(0, { kind: 'scratch' }, run(command)),
        stage(1, { kind: 'scratch' }, copy([], { origin: { kind: 'stage', stage: 0 } })),
      ])[1]?.[0];
    expect(built('a')).toEqual(built('a'));
    expect(built('a')).not.toEqual(built('b'));
  });

  it('asks for the digests of the context files that are copied, each once', () => {
    const stages = [stage(0, { kind: 'scratch' }, copy([file('a'), file('b')]), copy([file('a')]))];
    expect(filesToDigest({ stages, references: [] })).toEqual(['a', 'b']);
  });
});

describe('explainCache', () => {
  const before = keysOf([stage(0, { kind: 'scratch' }, run('t'), copy([file('a'), file('b')]))], { a: '1', b: '2' });

  it('names the file that changed, by its source', () => {
    const now = keysOf([stage(0, { kind: 'scratch' }, run('t'), copy([file('a'), file('b')]))], { a: '1', b: '3' });
    expect(explainCache(inputsOf(before[0]?.[1]), inputsOf(now[0]?.[1]))).toMatchObject({
      change: 'changed',
      input: { kind: 'file', label: 'b' },
    });
  });

  it('names files that came and went', () => {
    const now = keysOf([stage(0, { kind: 'scratch' }, run('t'), copy([file('a')]))], { a: '1' });
    expect(explainCache(inputsOf(before[0]?.[1]), inputsOf(now[0]?.[1]))?.change).toBe('removed');
    expect(explainCache(inputsOf(now[0]?.[1]), inputsOf(before[0]?.[1]))?.change).toBe('added');
  });

  it('blames the parent only where nothing else differs', () => {
    const now = keysOf([stage(0, { kind: 'scratch' }, run('u'), copy([file('a'), file('b')]))], { a: '1', b: '2' });
    expect(explainCache(inputsOf(before[0]?.[1]), inputsOf(now[0]?.[1]))?.input.kind).toBe('parent');
    expect(explainCache(inputsOf(before[0]?.[1]), inputsOf(before[0]?.[1]))).toBeUndefined();
  });
});
