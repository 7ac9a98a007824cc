import { expect, it } from 'vitest';
import { codeLenses } from './code-lenses.ts';
import { inlayHints } from './inlay-hints.ts';
import { readingOf, testContext } from './test-reading.test-support.ts';

const { signal } = new AbortController();
const ALL = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };

/** The lines that have hints, each with its hints where they stand. */
async function hinted(reading: ReturnType<typeof readingOf>): Promise<string[]> {
  const hints = await inlayHints(reading, ALL, signal);
  return hints.map(({ position: { line, character }, label }) => {
    const text = reading.line(line);
    return `${text.slice(0, character)}«${String(label)}»${text.slice(character)}`;
  });
}

it('tells behind words what their variables come to', async () => {
  const text = [
    'ARG V=22',
    'ARG IMAGE=node:$V',
    'FROM --platform=$BUILDPLATFORM $IMAGE',
    'ARG V',
    'ARG NAME="v$V" OTHER=$NONE',
    'ENV A=$NAME B=x',
    'WORKDIR /srv/$A/$UNSET',
    'RUN echo $A',
    '# $A',
    'FROM ${BASE:-busybox}',
  ].join('\n');
  expect(await hinted(readingOf(text))).toEqual([
    'ARG IMAGE=node:$V«= node:22»',
    'FROM --platform=$BUILDPLATFORM«= linux/amd64» $IMAGE',
    'FROM --platform=$BUILDPLATFORM $IMAGE«= node:22»',
    'ARG NAME="v$V"«= v22» OTHER=$NONE',
    'ENV A=$NAME«= v22» B=x',
    'FROM ${BASE:-busybox}«= busybox»',
  ]);
});

it('tells sizes only where they can be seen before the build', async () => {
  await using context = await testContext({ 'a.txt': 'abc' });
  const text = [
    'FROM scratch',
    'COPY a.txt /',
    'COPY gone.txt /',
    'ADD https://example.com/a.tgz /',
    'ADD https://example.com/a.git a.txt /',
  ].join('\n');
  const reading = context.reading(text);
  expect(await hinted(reading)).toEqual([
    'COPY a.txt /«1 file, 3B»',
    'ADD https://example.com/a.git a.txt /«1 file, 3B and more»',
  ]);
  const lenses = await codeLenses(reading, signal);
  expect(lenses.map(({ range, command }) => `${range.start.line} ${command?.title}`)).toEqual([
    '0 $(play) Build Image',
    '0 Base · empty',
    '1 Layer · 1 file, 3B',
    '2 Layer · a source is missing',
    '3 Layer · size known after the build',
    '4 Layer · 1 file, 3B and more',
  ]);
});
