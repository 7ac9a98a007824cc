import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Editor, openEditor } from '../harness/editor.ts';
import { showOnlyView } from '../harness/side-bar.ts';
import {
  editorLine,
  openFile,
  problems,
  quickFix,
  quickInput,
  runCommand,
  showProblems,
  viewRows,
} from '../harness/workbench.ts';

const APP = `FROM node:22 AS build
WORKDIR /app
RUN npm ci && echo "$HOME"

FROM node:22
ENV PORT=8080
COPY --from=build /app /app
EXPOSE $PORT
`;

let editor: Editor;
let count = 0;

const page = () => editor.page;
const suggestions = () => page().locator('.suggest-widget .monaco-list-row');
const saved = (file: string) => readFile(join(editor.workspace, file), 'utf8');

beforeAll(async () => {
  editor = await openEditor({
    name: 'language',
    folder: 'examples/copy-on-write',
    settings: {
      'lapstrake.language.askRegistries': false,
      'editor.inlayHints.enabled': 'off',
      'editor.codeLens': false,
      'editor.detectIndentation': false,
    },
    prepare: async (workspace) => {
      await writeFile(join(workspace, 'app.Dockerfile'), APP);
      await writeFile(join(workspace, 'typed.Dockerfile'), '');
      await writeFile(join(workspace, 'untidy.Dockerfile'), 'FROM node:22 as build\n   RUN   a \\\n && b\n');
      await writeFile(join(workspace, 'GUIDE.md'), '# Guide\n\n```dockerfile\nFROM node:22\nEXPOSEE 80\n```\n');
    },
  });
});

afterEach(async ({ task }) => {
  count += 1;
  await editor?.picture(`${String(count).padStart(2, '0')}-${task.name.replace(/[^a-z0-9]+/gi, '-')}`);
});

afterAll(async () => {
  await editor?.[Symbol.asyncDispose]();
});

/** Puts the cursor at a place, counted from 1. */
async function goTo(line: number, column: number): Promise<void> {
  await page().keyboard.press('Control+G');
  await quickInput(page()).locator('input.input').fill(`:${line}:${column}`);
  await page().keyboard.press('Enter');
  await quickInput(page()).waitFor({ state: 'hidden' });
}

/** Waits until the cursor is at a place of the file that is open, counted from 1. */
async function cursorIsAt(line: number, column: number): Promise<void> {
  const place = `Ln ${line}, Col ${column}`;
  await page().locator('.statusbar-item').filter({ hasText: place }).first().waitFor();
}

/** Waits until the file that is open gets what is typed, at its start. */
async function takesKeys(): Promise<void> {
  await cursorIsAt(1, 1);
  await page().locator('.part.editor .monaco-editor.focused').waitFor();
}

/** The words of the line that runs npm, each with its colour. */
async function colours(): Promise<ReadonlyMap<string, string>> {
  const words = await page()
    .locator('.view-line')
    .filter({ hasText: 'npm' })
    .locator('span > span')
    .evaluateAll((spans) => spans.map((span) => [span.textContent ?? '', getComputedStyle(span).color] as const));
  return new Map(words.map(([text, colour]) => [text.replaceAll('\u00a0', ' ').trim().split(' ')[0] ?? '', colour]));
}

async function save(): Promise<void> {
  await runCommand(page(), 'File: Save');
}

describe('a Dockerfile in the editor', () => {
  test('has words of its own colours, the shell in RUN too', async () => {
    await openFile(page(), 'app.Dockerfile');
    await editorLine(page(), 'npm ci').waitFor();
    // VS Code's own grammar takes what is in quotes for one string.
    await expect.poll(async () => (await colours()).has('$HOME')).toBe(true);
    const coloured = await colours();
    const four = ['RUN', 'npm', 'ci', '$HOME'].map((word) => coloured.get(word));
    expect(new Set(four).size).toBe(4);
    await goTo(3, 6);
    await runCommand(page(), 'Developer: Inspect Editor Tokens and Scopes');
    const inspected = page()
      .locator('.token-inspect-widget')
      .filter({ hasText: /semantic token type\s*function/ });
    await inspected.waitFor();
  });

  test('tells the value of a variable where the mouse rests', async () => {
    await page().keyboard.press('Escape');
    await page().locator('.token-inspect-widget').waitFor({ state: 'hidden' });
    await goTo(8, 10);
    await page().keyboard.press('Control+K');
    await page().keyboard.press('Control+I');
    await page().locator('.monaco-hover').filter({ hasText: 'PORT=8080' }).first().waitFor();
  });

  test('completes instructions, flags and stages', async () => {
    await page().keyboard.press('Escape');
    await goTo(9, 1);
    await page().keyboard.type('WORKD');
    await suggestions().filter({ hasText: 'WORKDIR' }).first().waitFor();
    await page().keyboard.press('Tab');
    await page().keyboard.type('/srv');
    await page().keyboard.press('Escape');
    await page().keyboard.press('Enter');
    await page().keyboard.type('COPY --fro');
    await suggestions().filter({ hasText: '--from=' }).first().waitFor();
    await page().keyboard.press('Tab');
    await suggestions().filter({ hasText: 'build' }).first().waitFor();
    await page().keyboard.press('Tab');
    await page().keyboard.type(' /a /b');
    await page().keyboard.press('Escape');
    await save();
    await expect.poll(() => saved('app.Dockerfile')).toBe(`${APP}WORKDIR /srv\nCOPY --from=build /a /b`);
  });

  test('ends the line with Enter behind what is written out', async () => {
    await openFile(page(), 'typed.Dockerfile');
    await takesKeys();
    const lines = ['FROM nginx', 'WORKDIR /app', 'COPY . .', 'RUN apk add git', 'USER root', 'EXPOSE 80'];
    for (const line of lines) {
      await page().keyboard.type(line);
      await suggestions()
        .filter({ hasText: /\S*$/.exec(line)?.[0] ?? '' })
        .first()
        .waitFor();
      await page().keyboard.press('Enter');
    }
    await save();
    await expect.poll(() => saved('typed.Dockerfile')).toBe(`${lines.join('\n')}\n`);
  });

  test('renames a stage wherever it is named', async () => {
    await openFile(page(), 'app.Dockerfile');
    await editorLine(page(), 'npm ci').waitFor();
    await goTo(1, 20);
    await cursorIsAt(1, 20);
    await page().keyboard.press('F2');
    const box = page().locator('.rename-box input');
    await box.waitFor();
    await box.fill('maker');
    await page().keyboard.press('Enter');
    await editorLine(page(), 'COPY --from=maker /app').waitFor();
    await save();
    await expect.poll(async () => (await saved('app.Dockerfile')).match(/maker/g)).toHaveLength(3);
    expect(await saved('app.Dockerfile')).not.toContain('=build');
  });

  test('has its stages as a tree', async () => {
    await runCommand(page(), 'View: Show Lapstrake');
    await showOnlyView(page(), 'Stages');
    const rows = viewRows(page(), 'Stages');
    await rows.filter({ hasText: 'maker' }).filter({ hasText: 'needed by 1' }).first().waitFor();
    const last = rows.filter({ hasText: 'node:22 · 5 instructions' }).first();
    await last.locator('.monaco-tl-twistie').click();
    await rows.filter({ hasText: 'maker' }).filter({ hasText: 'COPY --from · line 7' }).first().click();
    await cursorIsAt(7, 1);
  });

  test('is mended by a quick fix, and put in order', async () => {
    await openFile(page(), 'untidy.Dockerfile');
    await page().locator('.monaco-editor .squiggly-warning').first().waitFor();
    await goTo(1, 15);
    await quickFix(page(), 'Change to AS');
    await editorLine(page(), 'FROM node:22 AS build').waitFor();
    await runCommand(page(), 'Format Document');
    await editorLine(page(), 'RUN a \\').waitFor();
    await save();
    await expect.poll(() => saved('untidy.Dockerfile')).toBe('FROM node:22 AS build\nRUN a \\\n    && b\n');
  });

  test('is judged in a block of Markdown, too', async () => {
    await openFile(page(), 'GUIDE.md');
    await showProblems(page(), 'GUIDE.md');
    await problems(page())
      .filter({ hasText: 'unknown instruction: EXPOSEE' })
      .filter({ hasText: 'Ln 5, Col 1' })
      .first()
      .waitFor();
    await goTo(5, 3);
    await quickFix(page(), 'Change to “EXPOSE”');
    await problems(page()).filter({ hasText: 'EXPOSEE' }).first().waitFor({ state: 'hidden' });
    await save();
    await expect.poll(() => saved('GUIDE.md')).toBe('# Guide\n\n```dockerfile\nFROM node:22\nEXPOSE 80\n```\n');
  });
});
