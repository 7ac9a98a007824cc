import { describe, expect, it } from 'vitest';
import { applyEdits } from './apply-edits.ts';

const range = (line: number, character: number, endLine: number, endCharacter: number) => ({
  start: { line, character },
  end: { line: endLine, character: endCharacter },
});

describe('applyEdits', () => {
  it('makes edits by the places of the original text, in any order', () => {
    const edits = [
      { range: range(1, 0, 1, 1), newText: 'BBB' },
      { range: range(0, 0, 0, 1), newText: '' },
      { range: range(1, 2, 1, 2), newText: '!' },
    ];
    expect(applyEdits('ab\ncd\n', edits)).toBe('b\nBBBd!\n');
  });

  it('takes a place behind the end as the end', () => {
    expect(applyEdits('a\nb', [{ range: range(1, 0, 2, 0), newText: '' }])).toBe('a\n');
    expect(applyEdits('a\nb', [{ range: range(0, 9, 0, 9), newText: '!' }])).toBe('a!\nb');
  });
});
