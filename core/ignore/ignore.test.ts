import dockerignore from '@balena/dockerignore';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIgnore } from './ignore.ts';

function kept(text: string, ...paths: string[]): string[] {
  const { value } = parseIgnore(text);
  return paths.filter((path) => !value.verdict(path).ignored);
}

describe('a .dockerignore', () => {
  it('excludes what a pattern names, and all that is below it', () => {
    expect(kept('node_modules\n*.log', 'node_modules/a/b.js', 'x.log', 'sub/x.log', 'node_modules2')).toEqual([
      'sub/x.log',
      'node_modules2',
    ]);
  });

  it('reads ** as any number of directories, none included', () => {
    expect(kept('**/*.md\ndocs/**', 'a.md', 'x/y/b.md', 'docs/z', 'docs')).toEqual(['docs']);
    expect(kept('**/tmp', 'tmp', 'a/tmp', 'a/tmp/b', 'a/tmpx')).toEqual(['a/tmpx']);
    expect(kept('a/**/z', 'a/z', 'a/b/c/z', 'a/b')).toEqual(['a/b']);
    expect(kept('**', 'a', 'b/c')).toEqual([]);
  });

  it('lets the last matching line decide', () => {
    expect(kept('*.md\n!README.md', 'a.md', 'README.md')).toEqual(['README.md']);
    expect(kept('!README.md\n*.md', 'README.md')).toEqual([]);
    expect(kept('dir\n!dir/keep', 'dir/a', 'dir/keep', 'dir/keep/b')).toEqual(['dir/keep', 'dir/keep/b']);
  });

  it('skips comments and blank lines, strips white space, carriage returns, a BOM and one leading slash', () => {
    const text = '\ufeff# comment\n\n  /dist  \r\n !  /dist/keep\t\nx/./y/../z/';
    expect(kept(text, 'dist/a', 'dist/keep', 'x/z', '# comment')).toEqual(['dist/keep', '# comment']);
  });

  it('takes a # that is not in the first column as part of a pattern', () => {
    expect(kept(' #a', '#a', 'a')).toEqual(['a']);
  });

  it('names the line that decided', () => {
    const { value } = parseIgnore('# c\n*\n!src\nsrc/*.test.ts');
    expect(value.verdict('src/a.test.ts').pattern).toMatchObject({ text: 'src/*.test.ts', line: 3 });
    expect(value.verdict('src/a.ts').pattern).toMatchObject({ text: '!src', line: 2 });
  });

  it('reads classes and escapes as Docker does', () => {
    expect(kept('[a-c]?\n\\*x\nf[^0-9]', 'a1', 'd1', '*x', 'yx', 'fa', 'f1')).toEqual(['d1', 'yx', 'f1']);
  });

  it('says which lines Docker would refuse', () => {
    expect(parseIgnore('ok\n[a\n!\n a[] ').problems.map(({ line }) => line)).toEqual([1, 2, 3]);
  });

  it('does not take in again, in a walk, what only a line about the parent would', () => {
    const { value } = parseIgnore('a/b\n!a');
    expect(value.verdict('a/b/c').ignored).toBe(false);
    expect(value.walkTo('a/b/c').ignored).toBe(true);
  });

  it('lets a walk leave out a directory only where no exception can lie below it', () => {
    const { value } = parseIgnore('a\nb\n!a/x/keep\n!c/**');
    expect([value.prunes('a'), value.prunes('a/x'), value.prunes('a/y'), value.prunes('b')]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(parseIgnore('a\n!**/keep').value.prunes('a')).toBe(false);
    expect(parseIgnore('a').value.prunes('a')).toBe(true);
  });

  const part = fc.constantFrom('a', 'b', 'ab', 'a.b', '*', '**', 'a*', '*b', '?', '[ab]', '[^a]');
  const pattern = fc
    .tuple(fc.constantFrom('', '', '!', '/'), fc.array(part, { minLength: 1, maxLength: 4 }))
    .map(([prefix, parts]) => prefix + parts.join('/'));
  const path = fc
    .array(fc.constantFrom('a', 'b', 'ab', 'a.b', 'ba', 'c'), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join('/'));

  it('agrees with an independent implementation on random lists', () => {
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 5 }), path, (patterns, file) => {
        const oracle = dockerignore({ ignorecase: false }).add(patterns);
        expect(parseIgnore(patterns.join('\n')).value.verdict(file).ignored).toBe(oracle.ignores(file));
      }),
      { numRuns: 5000 },
    );
  });

  it('looks into no ignored directory for an exception of two globs, as BuildKit does not', () => {
    const { value } = parseIgnore('*\n!a/*/**');
    expect([value.prunes('a/b'), value.walkTo('a/b/c').ignored]).toEqual([true, true]);
  });

  it('never prunes a directory below which a walk would take something in', () => {
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 5 }), path, (patterns, file) => {
        fc.pre(!patterns.some((each) => each.startsWith('!') && each.endsWith('/*/**')));
        const { value } = parseIgnore(patterns.join('\n'));
        const parts = file.split('/');
        let last: ReturnType<typeof value.step> | undefined;
        for (const [i] of parts.entries()) last = value.step(parts.slice(0, i + 1).join('/'), last?.matches);
        expect(value.walkTo(file).ignored).toBe(last?.verdict.ignored);
      }),
      { numRuns: 5000 },
    );
  });
});
