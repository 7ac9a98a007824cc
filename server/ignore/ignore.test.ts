import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { walkContext } from '../../core/disk/walk-context.ts';
import { parseIgnore } from '../../core/ignore/ignore.ts';
import { formatSize } from '../../core/image/size.ts';
import type { FileTree, TreeEntry } from '../../core/plan/file-tree.ts';
import { marked, testContext } from '../features/test-reading.test-support.ts';
import { ignoreCompletions } from './ignore-completion.ts';
import { ignoreActions, ignoreDiagnostics, ignoreHints, ignoreHover, ignoreLenses } from './ignore-features.ts';
import { ContextListings, IgnoreReading } from './ignore-reading.ts';

let context: Awaited<ReturnType<typeof testContext>>;

beforeAll(async () => {
  context = await testContext({
    'node_modules/a/index.js': 'x'.repeat(3000),
    'node_modules/b.js': 'x'.repeat(1000),
    'src/app.js': 'x'.repeat(40),
    'debug.log': 'x'.repeat(500),
  });
});
afterAll(() => context[Symbol.asyncDispose]());

function reading(text: string): IgnoreReading {
  return new IgnoreReading(`file://${context.root}/.dockerignore`, 1, text, beside());
}

const beside = () => new ContextListings((uri) => (uri.startsWith('file:') ? dirname(fileURLToPath(uri)) : undefined));

const { signal } = new AbortController();

function filesOf(tree: FileTree, folder: string): TreeEntry[] {
  return tree
    .children(folder)
    .flatMap((entry) => (entry.type === 'directory' ? filesOf(tree, entry.path) : [entry]))
    .filter(({ type }) => type === 'file');
}

const ALL = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };

async function completed(text: string): Promise<string[]> {
  const { text: plain, positions } = marked(text);
  return (await ignoreCompletions(reading(plain), positions[0]!)).map(({ label }) => label);
}

describe('a .dockerignore in the editor', () => {
  it('says behind each line what it keeps out, and above what is left', async () => {
    const file = reading('# packages\nnode_modules\n*.log\n!debug.log\n');
    const hints = await ignoreHints(file, ALL);
    expect(hints.map(({ position, label }) => `${position.line} ${label}`)).toEqual([
      '1 keeps out 2 files, 4kB',
      '2 changes nothing',
      '3 takes in 1 file, 500B',
    ]);
    expect((await ignoreLenses(file))[0]?.command?.title).toBe('Build context · 2 files, 540B');
    const hover = JSON.stringify(await ignoreHover(file, { line: 1, character: 3 }));
    expect(hover).toContain('keeps out 2 files, 4kB');
    expect(hover).toContain('- node\\\\_modules');
  });

  it('fades lines without effect, with a fix, and marks those that Docker refuses', async () => {
    const file = reading('gone\n[a\nsrc\nsrc/app.js\n');
    const diagnostics = await ignoreDiagnostics(file);
    expect(diagnostics.map(({ code, severity, range }) => `${range.start.line} ${code} ${severity}`)).toEqual([
      '1 pattern-malformed 1',
      '0 dead-pattern 4',
      '3 dead-pattern 4',
    ]);
    expect(ignoreActions(file, diagnostics)).toHaveLength(2);
  });

  it('completes paths, ignored ones too, and usual patterns', async () => {
    expect(await completed('¦')).toEqual(expect.arrayContaining(['node_modules/', 'debug.log', '.git', '**/*.log']));
    expect(await completed('!node_modules/¦')).toEqual(['a/', 'b.js']);
    expect(await completed('# ¦')).toEqual([]);
  });

  it.each([
    ['./src/¦', ['app.js']],
    ['/src/¦', ['app.js']],
    ['src/../src/a¦', ['app.js']],
    ['../¦', []],
    ['sr*/¦', []],
    ['**/¦', ['a/', 'app.js', 'b.js', 'debug.log', 'index.js', 'node_modules/', 'src/']],
  ])('completes what is behind %j', async (text, labels) => {
    expect((await completed(text)).sort()).toEqual(labels);
  });

  it('completes names as patterns that match them alone', async () => {
    const names = ['[a].txt', 'b*.txt', '#c', '!d', 'e\\f', 'a.txt', 'bb.txt'];
    await using odd = await testContext(Object.fromEntries(names.map((name) => [name, 'x'])));
    const uri = `file://${odd.root}/.dockerignore`;
    const read = (text: string) => new IgnoreReading(uri, 1, text, beside());
    for (const before of ['', '!']) {
      const items = await ignoreCompletions(read(before), { line: 0, character: before.length });
      for (const { label, textEdit } of items.filter((each) => names.includes(each.label))) {
        const [pattern] = read(before + textEdit!.newText).parsed.value.patterns;
        expect(names.filter((name) => pattern?.matches(name))).toEqual([label]);
        expect(pattern?.negated).toBe(before === '!');
      }
    }
  });

  it('says of a comment behind a pattern that it is none', async () => {
    const [first] = await ignoreDiagnostics(reading('node_modules # packages\n'));
    expect(first?.message).toBe(
      'Nothing in the build context matches “node_modules # packages”: a comment needs a line of its own',
    );
  });

  it('says of an exception without effect why it has none', async () => {
    const [first] = await ignoreDiagnostics(reading('!src\n'));
    expect(first?.message).toBe('Nothing that “!src” matches is kept out by a line above it and let in by this one');
  });

  it('counts what a build takes, whatever the lines are', async () => {
    const words = [
      'node_modules',
      '*',
      '**/*.js',
      'src',
      '!src',
      '!**/b.js',
      '/debug.log',
      '!node_modules/a',
      '**',
      'src/*',
      '!*.log',
    ];
    for (let seed = 1; seed <= 60; seed++) {
      const lines = [1, 2, 3, 4].map((each) => words[(seed * each * 7 + each * seed * seed) % words.length]);
      const text = `${lines.join('\n')}\n`;
      const title = (await ignoreLenses(reading(text)))[0]?.command?.title;
      const { tree } = await walkContext(context.root, parseIgnore(text).value, { signal });
      const files = filesOf(tree, '');
      const bytes = files.reduce((sum, { size }) => sum + size, 0);
      expect(title, text).toBe(
        `Build context · ${files.length} file${files.length === 1 ? '' : 's'}, ${formatSize(bytes)}`,
      );
    }
  });

  it('knows nothing of a folder where there is none', async () => {
    const file = new IgnoreReading('untitled:x', 1, 'a\n', beside());
    expect(await ignoreDiagnostics(file)).toEqual([]);
    expect(await ignoreLenses(file)).toEqual([]);
    expect(await ignoreHover(file, { line: 0, character: 0 })).toBeUndefined();
  });
});
