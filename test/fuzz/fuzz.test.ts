import { describe, expect, it } from 'vitest';
import { shell } from '../../core/bash/shell.test-support.ts';
import { parseSyntax } from '../../core/dockerfile/parse.ts';
import { fuzz } from './fuzz.ts';
import { inspectTree } from './inspect.ts';
import { reprint } from './reprint.ts';

const COUNT = 5000;
const SEED = 1;

describe('any text', () => {
  it(`is read, judged and formatted without harm: ${COUNT} of seed ${SEED}`, () => {
    expect([...fuzz(COUNT, SEED, shell)]).toEqual([]);
  }, 120_000);
});

describe('printing a tree', () => {
  const text = 'FROM a \\\n  AS b\n# c\nRUN <<E x\ny\nE\nCOPY --from="b" ["d", "e"]\n';

  it('gives the text', () => {
    expect(reprint(text, parseSyntax(text).value)).toBe(text);
    expect(inspectTree(text)).toEqual([]);
  });

  it('shows what a tree has lost', () => {
    const { value } = parseSyntax(text);
    expect(reprint(text, { ...value, comments: [] })).not.toBe(text);
    expect(reprint(text, { ...value, instructions: value.instructions.slice(1) })).not.toBe(text);
    const moved = value.instructions.map((node) => ({ ...node, rest: { ...node.rest!, text: 'else' } }));
    expect(reprint(text, { ...value, instructions: moved })).not.toBe(text);
  });
});
