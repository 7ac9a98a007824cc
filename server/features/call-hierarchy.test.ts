import { expect, it } from 'vitest';
import { prepareStages, stagesNeededBy, stagesThatNeed } from './call-hierarchy.ts';
import { marked, readingOf, textIn } from './test-reading.test-support.ts';

const TEXT =
  'FROM a AS base\nFROM base AS build\nRUN x¦\nFROM b AS tools\nFROM c\nCOPY --from=build /a /b\nCOPY --from=0 /a /c\n';

it('shows which stages need a stage, and which it needs', () => {
  const { text, positions } = marked(TEXT);
  const reading = readingOf(text);
  const [build] = prepareStages(reading, positions[0]!);
  expect(build).toMatchObject({ name: 'build', detail: 'FROM base' });
  const needed = stagesNeededBy(reading, build!);
  expect(needed.map(({ to }) => to.name)).toEqual(['base']);
  const [incoming] = stagesThatNeed(reading, build!);
  expect(incoming?.from.name).toBe('stage 3');
  expect(incoming?.fromRanges.map((range) => textIn(text, range))).toEqual(['build']);
  expect(stagesThatNeed(reading, needed[0]!.to).map(({ from }) => from.name)).toEqual(['build', 'stage 3']);
});

it('shows none above the first stage, and for items of another version nothing', () => {
  const { text, positions } = marked('ARG A¦=1\nFROM a\n');
  const reading = readingOf(text);
  expect(prepareStages(reading, positions[0]!)).toEqual([]);
  const [item] = prepareStages(readingOf(TEXT.replace('¦', '')), { line: 3, character: 0 });
  expect(stagesThatNeed(reading, item!)).toEqual([]);
});
