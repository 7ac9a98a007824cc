import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DockerfileReader } from '../dockerfile/dockerfile-reader.ts';
import { readDockerfile } from '../dockerfile/read.ts';
import { emptyConfig } from '../image/config.ts';
import { asImageId, type Digest } from '../image/digest.ts';
import { fileTree } from './file-tree.ts';
import type { PlanInputs } from './plan.ts';
import { planDockerfile } from './plan-dockerfile.ts';
import { PlanMemory } from './plan-memory.ts';

const INPUTS: PlanInputs = {
  context: fileTree([{ path: 'a', type: 'file', size: 3, mode: 0o644, mtime: 0 }]),
  buildArgs: {},
  images: new Map(),
  buildPlatform: { os: 'linux', architecture: 'amd64' },
  allStages: true,
};

const LINES = [
  ...['FROM a AS base', 'FROM base', 'FROM base AS top', 'FROM $V', 'FROM b AS c', 'FROM scratch', 'ARG V=x', 'ARG V'],
  ...['ENV A=1', 'ENV A=$V', 'WORKDIR $A', 'COPY a b', 'COPY gone b', 'COPY --from=base /x /y', 'COPY --from=0 /x /y'],
  ...[
    'COPY --from=c /x /y',
    'RUN x \\',
    '  y',
    'RUN --mount=from=top,target=/t z',
    'ONBUILD RUN q',
    'USER u',
    'CMD x',
    '',
  ],
];

/** Places as they are told, whatever they count from. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('planning one version after another', () => {
  it('gives what planning each by itself gives', () => {
    const lines = fc.array(fc.constantFrom(...LINES), { minLength: 1, maxLength: 25 });
    const insert = fc.array(fc.constantFrom(...LINES), { maxLength: 2 });
    const edits = fc.array(fc.record({ at: fc.nat(30), remove: fc.nat(2), insert }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(lines, edits, (start, edits) => {
        const reader = new DockerfileReader();
        const memory = new PlanMemory();
        const text = [...start];
        for (const { at, remove, insert } of [{ at: 0, remove: 0, insert: [] }, ...edits]) {
          text.splice(at % (text.length + 1), remove, ...insert);
          const now = `${text.join('\n')}\n`;
          const planned = planDockerfile(reader.read(now).value, INPUTS, memory);
          expect(plain(planned)).toEqual(plain(planDockerfile(readDockerfile(now).value, INPUTS)));
        }
      }),
      { numRuns: 150, seed: 6 },
    );
  });

  it('plans a stage again only where something changed for it', () => {
    const reader = new DockerfileReader();
    const memory = new PlanMemory();
    const of = (text: string) => planDockerfile(reader.read(text).value, INPUTS, memory).value.stages;
    const before = of('FROM a\nRUN x\nFROM b\nRUN y\nFROM c\nRUN z\n');
    const after = of('FROM a\nRUN x\nFROM b\nRUN yy\nFROM c\nRUN z\n');
    expect(after.map((stage, index) => stage === before[index])).toEqual([true, false, true]);
    expect(after[2]?.range.start.line).toBe(4);
    const moved = of('FROM a\nRUN x\nFROM b\n\nRUN yy\nFROM c\nRUN z\n');
    expect(moved.map((stage, index) => stage === after[index])).toEqual([true, false, true]);
    expect(moved[2]?.range.start.line).toBe(5);
  });

  it('takes up what becomes known of the context and of images', () => {
    const { value } = readDockerfile('FROM a\nCOPY a $HOME\n');
    const memory = new PlanMemory();
    const id = asImageId(`sha256:${'a'.repeat(64)}` as Digest);
    const image = { id, config: { ...emptyConfig(), Env: ['HOME=/root'] } };
    const { context: _, ...without } = INPUTS;
    for (const inputs of [without, INPUTS, { ...INPUTS, images: new Map([['a', image]]) }, without]) {
      expect(planDockerfile(value, inputs, memory)).toEqual(planDockerfile(value, inputs));
    }
  });
});
