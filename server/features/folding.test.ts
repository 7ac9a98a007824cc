import { describe, expect, it } from 'vitest';
import { foldingRanges } from './folding.ts';
import { readingOf } from './test-reading.test-support.ts';

function folds(text: string): string[] {
  return foldingRanges(readingOf(text)).map(
    ({ startLine, endLine, kind }) => `${startLine}-${endLine}${kind === undefined ? '' : ` ${kind}`}`,
  );
}

describe('folding', () => {
  it('folds stages, instructions of several lines and comments', () => {
    expect(folds('# a\n# b\nFROM a\nRUN x \\\n  y\nEXPOSE 1\nFROM b\n')).toEqual(['2-5', '3-4', '0-1 comment']);
  });

  it('folds a heredoc with its instruction, and several each by itself', () => {
    expect(folds('FROM a\nRUN <<E\nx\ny\nE\n')).toEqual(['0-4', '1-4']);
    expect(folds('FROM a\nCOPY <<E <<F /\nx\nE\ny\nF\n')).toEqual(['0-5', '1-5', '2-3', '4-5']);
  });
});
