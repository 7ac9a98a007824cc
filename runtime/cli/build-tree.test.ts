import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import type { BuildEvent } from '../../protocol/build-event.ts';
import { BuildTree } from './build-tree.ts';

const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 4 } };

/** The last picture that is drawn of a build, line by line. */
function picture(events: readonly BuildEvent[], columns = 60): string[] {
  let written = '';
  const out = Object.assign(
    new Writable({
      write: (chunk, _encoding, finished) => {
        written = String(chunk);
        finished();
      },
    }),
    { columns, rows: 12 },
  );
  let now = 0;
  {
    using tree = new BuildTree(out, () => now);
    for (const event of events) tree.add(event);
    now = 2000;
  }
  return written
    .replace(/^.*\x1b\[J/s, '')
    .trimEnd()
    .split('\n');
}

const step = (number: number, text: string): BuildEvent => ({
  kind: 'step',
  number,
  total: 3,
  stage: 'app',
  text,
  range,
});

test('shows what is cached, what is done with time and size, and what runs with its last lines', () => {
  expect(
    picture([
      step(1, 'FROM x'),
      { step: 1, kind: 'cached' },
      { step: 1, kind: 'done', milliseconds: 0, bytes: 0, files: 0 },
      step(2, 'COPY . .'),
      { step: 2, kind: 'done', milliseconds: 300, bytes: 2_000_000, files: 3 },
      step(3, 'RUN make'),
      { step: 3, kind: 'output', text: 'compiling\nlinking\n' },
    ]),
  ).toEqual([
    'Building 2.0s (2/3)',
    ' => CACHED [app 1/3] FROM x  0.0s',
    ' => [app 2/3] COPY . .  0.3s, 2MB',
    ' => [app 3/3] RUN make  2.0s',
    ' => # compiling',
    ' => # linking',
  ]);
});

test('a command cannot steer the terminal, nor break the picture with long lines', () => {
  const lines = picture(
    [step(1, 'RUN x'), { step: 1, kind: 'output', text: `\x1b[2Jgone\x07 ${'y'.repeat(100)}\n` }],
    30,
  );
  expect(lines.at(-1)).toBe(' => # [2Jgone yyyyyyyyyyyyyy…');
  expect(lines.every((line) => line.length < 30)).toBe(true);
});
