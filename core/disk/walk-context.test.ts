import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseIgnore } from '../ignore/ignore.ts';
import type { FileTree } from '../plan/file-tree.ts';
import { ContentDigests } from './content-digests.ts';
import { readIgnore } from './read-ignore.ts';
import { sha256 } from './sha256.ts';
import { walkContext } from './walk-context.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-walk-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

function paths(tree: FileTree, path = ''): string[] {
  return tree.children(path).flatMap((entry) => [entry.path, ...paths(tree, entry.path)]);
}

const walk = (ignore: string) => walkContext(root, parseIgnore(ignore).value);

describe('walkContext', () => {
  it('gives type, size and mode of all that is there, sorted by name', async () => {
    await write({ 'b/c.txt': '12345', a: '' });
    await chmod(join(root, 'a'), 0o640);
    const { tree, files, bytes } = await walk('');
    expect(paths(tree)).toEqual(['a', 'b', 'b/c.txt']);
    expect([files, bytes]).toEqual([2, 5]);
    expect(tree.get('a')).toMatchObject({ type: 'file', mode: 0o640, size: 0 });
    expect(tree.get('b')).toMatchObject({ type: 'directory' });
  });

  it('leaves out what is ignored, and says by which line', async () => {
    await write({ 'node_modules/x/y.js': 'xx', 'a.log': '123', 'b.log': '4', keep: '' });
    const { tree, excluded } = await walk('node_modules\n*.log');
    expect(paths(tree)).toEqual(['keep']);
    expect(excluded).toEqual(
      expect.arrayContaining([
        { pattern: 'node_modules', files: 0, bytes: 0, directories: 1 },
        { pattern: '*.log', files: 2, bytes: 4, directories: 0 },
      ]),
    );
  });

  it('keeps the directories above what is taken in again, and no others', async () => {
    await write({ 'a/b/keep': '', 'a/b/drop': '', 'a/c/drop': '' });
    const { tree } = await walk('a\n!a/b/keep');
    expect(paths(tree)).toEqual(['a', 'a/b', 'a/b/keep']);
  });

  it('never follows symbolic links', async () => {
    await symlink('/etc', join(root, 'out'));
    await symlink('.', join(root, 'loop'));
    const { tree, files } = await walk('');
    expect(paths(tree)).toEqual(['loop', 'out']);
    expect(tree.get('out')).toMatchObject({ type: 'symlink', linkTarget: '/etc' });
    expect(files).toBe(2);
  });

  it('stops when it is told to', async () => {
    await write({ a: '' });
    const aborted = walkContext(root, parseIgnore('').value, { signal: AbortSignal.abort(new Error('enough')) });
    await expect(aborted).rejects.toThrow('enough');
  });

  it('rejects a root that is not there', async () => {
    await expect(walkContext(join(root, 'missing'), parseIgnore('').value)).rejects.toThrow(/ENOENT/);
  });
});

describe('readIgnore', () => {
  it('prefers the file named after the Dockerfile', async () => {
    await write({ '.dockerignore': 'general', 'Dockerfile.dockerignore': 'special', Dockerfile: '' });
    const found = await readIgnore(root, join(root, 'Dockerfile'));
    expect(found.value.patterns.map(({ text }) => text)).toEqual(['special']);
    const other = await readIgnore(root, join(root, 'other.Dockerfile'));
    expect(other.file).toBe(join(root, '.dockerignore'));
  });

  it('excludes nothing where there is none', async () => {
    const found = await readIgnore(root, join(root, 'Dockerfile'));
    expect(found.file).toBeUndefined();
    expect(found.value.verdict('a').ignored).toBe(false);
  });
});

describe('ContentDigests', () => {
  it('gives the digest of the bytes, also after they changed within the same moment', async () => {
    const digests = new ContentDigests();
    await write({ a: 'one' });
    expect(await digests.digest(join(root, 'a'))).toBe(sha256('one'));
    await write({ a: 'two' });
    expect(await digests.digest(join(root, 'a'))).toBe(sha256('two'));
  });

  it('gives the digest again once it is remembered', async () => {
    const digests = new ContentDigests(() => Date.now() + 10_000);
    await write({ a: 'one' });
    expect(await digests.digest(join(root, 'a'))).toBe(sha256('one'));
    expect(await digests.digest(join(root, 'a'))).toBe(sha256('one'));
    await write({ a: 'other' });
    expect(await digests.digest(join(root, 'a'))).toBe(sha256('other'));
  });
});
