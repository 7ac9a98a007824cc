import { describe, expect, it } from 'vitest';
import { documentSymbols } from './document-symbols.ts';
import { readingOf } from './test-reading.test-support.ts';

describe('symbols', () => {
  it('are stages with their instructions, told on one line', () => {
    const text = `ARG V=1\nFROM a AS b\nRUN x  \\\n    && y\nRUN ${'z'.repeat(100)}\n`;
    const shown = documentSymbols(readingOf(text)).map(({ name, detail, children = [] }) => [
      `${name} ${detail}`,
      ...children.map((each) => `${each.name} ${each.detail}`),
    ]);
    expect(shown).toEqual([['ARG V=1'], ['b a', 'RUN x && y', `RUN ${'z'.repeat(80)}…`]]);
  });
});
