import { expect, it } from 'vitest';
import { BuildProgress, type Instruction } from './progress.ts';

const instructions: Instruction[] = [
  { line: 1, text: 'FROM bb' },
  { line: 3, text: 'RUN exit 3' },
  { line: 4, text: 'RUN exit 3' },
];

function progress() {
  const printed: [string, number | undefined][] = [];
  return { printed, build: new BuildProgress(instructions, (line, at) => printed.push([line, at])) };
}

it('finds the Dockerfile line of each step, in their order', () => {
  const { printed, build } = progress();
  for (const stream of [
    'Step 1/3 : FROM bb',
    '\n',
    ' ---> d388\n',
    'Step 2/3 : RUN  exit 3\n',
    'Step 3/3 : RUN exit 3\n',
  ])
    build.take({ stream });
  expect(printed).toEqual([
    ['Step 1/3 : FROM bb', 1],
    [' ---> d388', undefined],
    ['Step 2/3 : RUN  exit 3', 3],
    ['Step 3/3 : RUN exit 3', 4],
  ]);
});

it('blames a failure on the step under way', () => {
  const { build } = progress();
  build.take({ stream: 'Step 2/3 : RUN exit 3\n' });
  build.take({
    errorDetail: { code: 3, message: "The command '/bin/sh -c exit 3' returned a non-zero code: 3" },
    error: 'x',
  });
  expect(build.failure).toEqual({ message: expect.stringContaining('non-zero code: 3'), line: 3 });
});

it('keeps what there was before the failure, where the engine tells it', () => {
  const { build } = progress();
  build.take({ errorDetail: { code: 3, message: 'no', stateBefore: 'sha256:1' }, error: 'no' });
  expect(build.failure?.stateBefore).toBe('sha256:1');
});

it('blames a failure on the line that its message names', () => {
  const { build } = progress();
  build.take({ error: 'dockerfile parse error on line 7: unknown instruction: RUM' });
  expect(build.failure?.line).toBe(7);
});

it('prints lines without colours, and only the last drawing of one that redraws itself', () => {
  const { printed, build } = progress();
  build.take({ stream: '\u001b[91mnpm warn\u001b[0m x\r\n10%\r50%\r100%' });
  build.end();
  expect(printed.map(([line]) => line)).toEqual(['npm warn x', '100%']);
});

it('keeps the ID of the image', () => {
  const { build } = progress();
  build.take({ aux: { ID: 'sha256:1' } });
  expect(build.imageId).toBe('sha256:1');
});
