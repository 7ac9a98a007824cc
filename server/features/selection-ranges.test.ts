import { expect, it } from 'vitest';
import type { SelectionRange } from 'vscode-languageserver/node';
import { selectionRanges } from './selection-ranges.ts';
import { marked, readingOf, textIn } from './test-reading.test-support.ts';

function widening(text: string): string[] {
  const { text: plain, positions } = marked(text);
  const found: string[] = [];
  for (let at: SelectionRange | undefined = selectionRanges(readingOf(plain), positions)[0]; at; at = at.parent) {
    found.push(textIn(plain, at.range));
  }
  return found;
}

it('widens from a word to the file', () => {
  expect(widening('FROM a AS b\nCOPY --chown=1:1 x¦y /z\nRUN q\nFROM c\n')).toEqual([
    'xy',
    'xy /z',
    'COPY --chown=1:1 xy /z',
    'FROM a AS b\nCOPY --chown=1:1 xy /z\nRUN q',
    'FROM a AS b\nCOPY --chown=1:1 xy /z\nRUN q\nFROM c\n',
  ]);
});

it('widens through the fields of a mount, variables and words of a shell', () => {
  expect(widening('FROM a\nRUN --mount=type=cache,target=/x¦ y').slice(0, 4)).toEqual([
    '/x',
    'target=/x',
    'type=cache,target=/x',
    '--mount=type=cache,target=/x',
  ]);
  expect(widening('FROM a\nENV A=1\nRUN echo "x$A¦" y').slice(0, 3)).toEqual(['A', '$A', 'echo "x$A" y']);
  expect(widening('FROM a\nRUN <<E\nls -l¦a\nE\n').slice(0, 2)).toEqual(['-la', 'ls -la\n']);
});

it('is the file where nothing stands, and the comment in one', () => {
  expect(widening('FROM a\n¦\n# b\n')).toEqual(['FROM a\n\n# b\n']);
  expect(widening('FROM a\n\n# b¦c\n')[0]).toBe('# bc');
});
