import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { marked, testContext } from '../features/test-reading.test-support.ts';
import {
  ignoreActions,
  ignoreCompletions,
  ignoreDiagnostics,
  ignoreHints,
  ignoreHover,
  ignoreLenses,
} from './ignore-features.ts';
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
  return new IgnoreReading(`file://${context.root}/.dockerignore`, 1, text, new ContextListings());
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

  it('knows nothing of a folder where there is none', async () => {
    const file = new IgnoreReading('untitled:x', 1, 'a\n', new ContextListings());
    expect(await ignoreDiagnostics(file)).toEqual([]);
    expect(await ignoreLenses(file)).toEqual([]);
    expect(await ignoreHover(file, { line: 0, character: 0 })).toBeUndefined();
  });
});
