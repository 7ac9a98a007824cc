import { describe, expect, it } from 'vitest';
import { parseChmod } from './chmod.ts';
import { fileTree, type TreeEntry } from './file-tree.ts';
import { type CopyRequest, resolveCopy, totalsOf } from './resolve-copy.ts';

/** `a/b` is a file of 10 bytes, `a/` a directory, `a -> b` a link. */
function treeOf(...lines: string[]) {
  return fileTree(
    lines.map((line): TreeEntry => {
      const [path = '', linkTarget] = line.split(' -> ');
      const facts = { mtime: 0, size: 0, mode: 0o755 };
      if (linkTarget !== undefined) return { ...facts, path, type: 'symlink', linkTarget };
      if (path.endsWith('/')) return { ...facts, path: path.slice(0, -1), type: 'directory' };
      return { ...facts, path, type: 'file', size: 10, mode: 0o644 };
    }),
  );
}

const TREE = treeOf(
  'package.json',
  'README.md',
  'src/a.ts',
  'src/a.test.ts',
  'src/deep/b.ts',
  'src/deep/c.md',
  'empty/',
  'link -> src/deep',
  'file-link -> ../package.json',
  'dead -> nowhere',
  'loop -> loop',
);

function copy(sources: string[], destination: string, more: Partial<CopyRequest> = {}) {
  const intoDirectory = destination.endsWith('/');
  return resolveCopy({
    tree: TREE,
    sources,
    destination: destination.replace(/(.)\/$/, '$1'),
    intoDirectory,
    exclude: [],
    parents: false,
    ...more,
  });
}

const pairs = (resolved: ReturnType<typeof copy>) =>
  resolved.files
    .filter(({ type }) => type !== 'directory')
    .map(({ source, destination }) => `${source} ${destination}`);

describe('COPY', () => {
  it('puts a file into a directory, or makes it the destination', () => {
    expect(pairs(copy(['package.json'], '/app/'))).toEqual(['package.json /app/package.json']);
    expect(pairs(copy(['./x/../package.json'], '/app'))).toEqual(['package.json /app']);
  });

  it('copies what is in a directory, not the directory', () => {
    const resolved = copy(['src'], '/app');
    expect(resolved.files.map(({ destination }) => destination)).toEqual([
      '/app/a.test.ts',
      '/app/a.ts',
      '/app/deep',
      '/app/deep/b.ts',
      '/app/deep/c.md',
    ]);
    expect(totalsOf(resolved.files, false)).toEqual({ files: 4, directories: 1, bytes: 40, more: false });
  });

  it('takes . and / as the whole context, and never leaves it', () => {
    expect(copy(['.'], '/').files).toEqual(copy(['/'], '/').files);
    expect(pairs(copy(['../../package.json'], '/app/'))).toEqual(['package.json /app/package.json']);
  });

  it('expands wildcards part by part', () => {
    expect(pairs(copy(['*.md', 'src/*/*.ts'], '/d/'))).toEqual(['README.md /d/README.md', 'src/deep/b.ts /d/b.ts']);
    expect(pairs(copy(['s*c'], '/d/')).length).toBe(4);
    expect(copy(['**/b.ts'], '/d/').outcomes).toEqual([{ kind: 'nothing-matched', count: 0 }]);
  });

  it('says which source is missing', () => {
    const { outcomes, files } = copy(['package.json', 'nope', '*.nope', 'dead', 'loop'], '/d/');
    expect(outcomes.map(({ kind }) => kind)).toEqual(['found', 'missing', 'nothing-matched', 'missing', 'missing']);
    expect(files).toHaveLength(1);
  });

  it('follows a link that is a source, within the context, and copies links below as links', () => {
    expect(pairs(copy(['link'], '/d'))).toEqual(['src/deep/b.ts /d/b.ts', 'src/deep/c.md /d/c.md']);
    expect(pairs(copy(['file-link'], '/d/'))).toEqual(['package.json /d/file-link']);
    expect(copy(['.'], '/d/').files.find(({ source }) => source === 'dead')).toMatchObject({
      type: 'symlink',
      linkTarget: 'nowhere',
    });
  });

  it('tells where several sources need a directory', () => {
    expect(copy(['package.json', 'README.md'], '/d').needsDirectory).toBe(true);
    expect(copy(['src', 'empty'], '/d').needsDirectory).toBe(false);
    expect(copy(['package.json', 'README.md'], '/d/').needsDirectory).toBe(false);
  });

  it('lets later sources overwrite earlier ones', () => {
    const tree = treeOf('a/x', 'b/x');
    expect(pairs(copy(['a', 'b'], '/d/', { tree }))).toEqual(['b/x /d/x']);
  });

  it('reads --exclude relative to the source', () => {
    expect(pairs(copy(['src'], '/d', { exclude: ['**/*.md', '*.test.ts'] }))).toEqual([
      'src/a.ts /d/a.ts',
      'src/deep/b.ts /d/deep/b.ts',
    ]);
    expect(
      copy(['src'], '/d', { exclude: ['deep', '!deep/c.md'] }).files.map(({ destination }) => destination),
    ).toEqual(['/d/a.test.ts', '/d/a.ts', '/d/deep', '/d/deep/c.md']);
    expect(pairs(copy(['*.*'], '/d/', { exclude: ['*.md'] }))).toEqual(['package.json /d/package.json']);
  });

  it('keeps parents, from the pivot on', () => {
    const parents = true;
    expect(copy(['src/deep/b.ts'], '/d/', { parents }).files.map(({ destination }) => destination)).toEqual([
      '/d/src',
      '/d/src/deep',
      '/d/src/deep/b.ts',
    ]);
    expect(pairs(copy(['./src/./deep/*.md'], '/d/', { parents }))).toEqual(['src/deep/c.md /d/deep/c.md']);
    expect(pairs(copy(['**/*.ts'], '/d', { parents }))).toEqual([
      'src/a.test.ts /d/src/a.test.ts',
      'src/a.ts /d/src/a.ts',
      'src/deep/b.ts /d/src/deep/b.ts',
    ]);
    expect(copy(['src/nope'], '/d/', { parents }).outcomes[0]?.kind).toBe('missing');
    expect(copy(['src/nope*'], '/d/', { parents }).outcomes[0]?.kind).toBe('nothing-matched');
  });

  it('applies --chmod to files and directories, not to links', () => {
    const chmod = parseChmod('u=rwX,go=');
    const modes = copy(['.'], '/d', { ...(chmod && { chmod }) }).files.map(({ source, mode }) => [source, mode]);
    expect(modes).toContainEqual(['package.json', 0o600]);
    expect(modes).toContainEqual(['src', 0o700]);
    expect(modes).toContainEqual(['link', 0o755]);
  });

  it('marks archives to extract, in their place among the sources', () => {
    const tree = treeOf('a.tar', 'b', 'c');
    const resolved = copy(['c', 'a.tar', 'b'], '/d/', { tree, extracts: (path) => path.endsWith('.tar') });
    expect(resolved.files.map(({ source, destination, extract }) => [source, destination, extract])).toEqual([
      ['c', '/d/c', undefined],
      ['a.tar', '/d', true],
      ['b', '/d/b', undefined],
    ]);
    expect(totalsOf(resolved.files, false).more).toBe(true);
  });
});

describe('--chmod', () => {
  it.each([
    ['755', 0o644, 0o755],
    ['07777', 0, 0o7777],
    ['+x', 0o644, 0o755],
    ['u+x', 0o644, 0o744],
    ['go-rwx', 0o755, 0o700],
    ['a=r', 0o755, 0o444],
    ['u=rw,g=r,o=', 0o777, 0o640],
    ['g=u', 0o640, 0o660],
    ['+X', 0o644, 0o644],
    ['+X', 0o744, 0o755],
    ['u+s', 0o755, 0o4755],
    ['+t', 0o755, 0o1755],
  ])('%s makes %o of it', (text, before, after) => {
    expect(parseChmod(text)?.(before, false)).toBe(after);
  });

  it.each(['', '99', 'x', '0o755', '10000000', 'u+q', 'u'])('refuses %j', (text) => {
    expect(parseChmod(text)).toBeUndefined();
  });
});
