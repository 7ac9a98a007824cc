import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CodeAction, TextDocumentEdit, TextEdit } from 'vscode-languageserver/node';
import { applyEdits } from '../../core/lint/apply-edits.ts';
import { codeActions } from './code-actions.ts';
import { testContext } from './test-reading.test-support.ts';

const FILES = { '.env': 'KEY=1', 'config/server.key': 'x', '.git/HEAD': 'x', 'src/a.js': 'x' };

async function offered(context: Awaited<ReturnType<typeof testContext>>, text: string): Promise<CodeAction[]> {
  const reading = context.reading(text);
  await reading.preview();
  const range = { start: { line: 1, character: 5 }, end: { line: 1, character: 5 } };
  const actions = await codeActions(reading, range, { diagnostics: [] });
  return actions.filter(({ title }) => title.endsWith('.dockerignore'));
}

it('what COPY should not bring is left out by .dockerignore, which is made where there is none', async () => {
  await using context = await testContext(FILES);
  const actions = await offered(context, 'FROM a:1\nCOPY . /srv/\n');
  expect(actions.map(({ title }) => title).sort()).toEqual([
    'Leave out .env and 1 more by .dockerignore',
    'Leave out .git by .dockerignore',
  ]);
  const uri = `file://${context.root}/.dockerignore`;
  expect(actions.find(({ title }) => title.includes('.env'))?.edit?.documentChanges).toEqual([
    { kind: 'create', uri, options: { ignoreIfExists: true } },
    {
      textDocument: { uri, version: null },
      edits: [
        {
          range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
          newText: '.env\nconfig/server.key\n',
        },
      ],
    },
  ]);
});

it('what is added stands behind all other lines, and is left out then', async () => {
  await using context = await testContext({ ...FILES, '.dockerignore': '.git\n*\n!.env\n!src' });
  const file = join(context.root, '.dockerignore');
  const [action] = await offered(context, 'FROM a:1\nCOPY . /srv/\n');
  const [change] = (action?.edit?.documentChanges ?? []) as TextDocumentEdit[];
  const after = applyEdits(await readFile(file, 'utf8'), (change?.edits ?? []) as TextEdit[]);
  expect(after).toBe('.git\n*\n!.env\n!src\n.env\n');
  await writeFile(file, after);
  context.contexts.touch([`file://${file}`]);
  expect(await offered(context, 'FROM a:1\nCOPY . /srv/\n')).toEqual([]);
});

it('nothing is offered where nothing unwanted is brought', async () => {
  await using context = await testContext(FILES);
  expect(await offered(context, 'FROM a:1\nCOPY src /srv/\n')).toEqual([]);
});
