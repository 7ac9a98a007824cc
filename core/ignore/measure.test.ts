import { describe, expect, it } from 'vitest';
import { parseIgnore } from './ignore.ts';
import { deadPatterns, measureIgnore } from './measure.ts';

const PATHS = [
  { path: 'docs', isDirectory: true, size: 0 },
  { path: 'docs/a.md', isDirectory: false, size: 100 },
  { path: 'docs/b.md', isDirectory: false, size: 20 },
  { path: 'README.md', isDirectory: false, size: 3 },
  { path: 'src', isDirectory: true, size: 0 },
  { path: 'src/x.js', isDirectory: false, size: 1000 },
];

/** Each line with files and bytes. */
function effects(text: string): string[] {
  const { lines } = measureIgnore(PATHS, parseIgnore(text).value);
  return [...lines.values()].map(({ line, files, bytes }) => `${line}: ${files} files, ${bytes} bytes`);
}

describe('what the lines of a .dockerignore do', () => {
  it('is counted in files and bytes, those below an excluded directory with it', () => {
    expect(effects('# c\ndocs\n*.md\n')).toEqual(['1: 2 files, 120 bytes', '2: 1 files, 3 bytes']);
    const { files, bytes } = measureIgnore(PATHS, parseIgnore('docs\n*.md\n').value);
    expect([files, bytes]).toEqual([1, 1000]);
  });

  it('is for exceptions what they take in again', () => {
    expect(effects('**/*.md\n!docs/b.md\n')).toEqual(['0: 2 files, 103 bytes', '1: 1 files, 20 bytes']);
  });

  it('is nothing for dead lines: without a match, or decided by others', () => {
    const { value } = parseIgnore('docs\ngone\ndocs/a.md\n!nowhere\n*.md\n');
    const dead = deadPatterns(value, measureIgnore(PATHS, value));
    expect(dead.map(({ pattern, reason }) => `${pattern.text} ${reason}`)).toEqual([
      'gone matches-nothing',
      'docs/a.md decided-otherwise',
      '!nowhere matches-nothing',
    ]);
  });
});
