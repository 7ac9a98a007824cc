import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { freePort } from '../../scripts/setup/ports.mjs';
import { type Editor, openEditor } from '../harness/editor.ts';
import {
  answerInput,
  chooseInMenu,
  codeLens,
  editorLine,
  notification,
  openFile,
  problems,
  quickFix,
  runCommand,
  terminalText,
  typeInTerminal,
  viewRows,
  webview,
} from '../harness/workbench.ts';

const IMAGE = 'bulletin-board:latest';
const CONTAINER = 'bulletin-board';
const TITLE = 'Bulletin Board';

let registry: BaseImages;
let port: number;
let editor: Editor;
let step = 0;
let broken: string | undefined;

const page = () => editor.page;
const containers = () => viewRows(page(), 'Containers');
const container = () => containers().filter({ hasText: CONTAINER }).first();
const images = () => viewRows(page(), 'Images');

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['node'], builtIn: true });
  port = await freePort(8080);
  editor = await openEditor({
    name: 'journey',
    folder: 'examples/bulletin-board',
    settings: { 'lapstrake.daemon.registryMirrors': [registry.registryUrl] },
    prepare: async (workspace) => {
      const file = join(workspace, 'Dockerfile');
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replace('EXPOSE 8080', `EXPOSEE ${port}`).replace('CMD', `ENV PORT=${port}\nCMD`));
    },
  });
});

// After a step that failed the others would only wait in vain.
beforeEach(({ skip }) => skip(broken !== undefined, `“${broken}” failed`));

afterEach(async ({ task }) => {
  if (broken !== undefined) return;
  step += 1;
  const name = `${String(step).padStart(2, '0')}-${task.name.replace(/[^a-z0-9]+/gi, '-')}`;
  const failed = task.result?.state === 'fail';
  if (failed) broken = task.name;
  await editor?.picture(failed ? `${name}-FAILED` : name);
});

afterAll(async () => {
  await editor?.[Symbol.asyncDispose]();
  await registry?.stop();
});

// One person, one window: each step starts where the one before it ended.
describe('the main job in the editor', () => {
  test('a mistake in the Dockerfile is a problem on its line', async () => {
    await openFile(page(), 'Dockerfile');
    await page().locator('.monaco-editor .squiggly-error').first().waitFor();
    await runCommand(page(), 'Problems: Focus on Problems View');
    await problems(page())
      .filter({ hasText: /EXPOSEE/ })
      .first()
      .waitFor();
  });

  test('its quick fix mends it, and the problem goes', async () => {
    await editorLine(page(), 'EXPOSEE').click({ position: { x: 20, y: 8 } });
    await quickFix(page(), 'Change to “EXPOSE”');
    await problems(page())
      .filter({ hasText: /EXPOSEE/ })
      .first()
      .waitFor({ state: 'hidden' });
    await runCommand(page(), 'File: Save');
    await expect.poll(() => readFile(join(editor.workspace, 'Dockerfile'), 'utf8')).toContain(`EXPOSE ${port}`);
  });

  test('each instruction shows what it does to the image', async () => {
    await codeLens(page(), 'Base image').waitFor();
    // COPY package.json . and COPY . . : the files of the context, without what .dockerignore names.
    await codeLens(page(), /Layer · 1 file, \d+B/).waitFor();
    await codeLens(page(), /Layer · 6 files, [\d.]+kB/).waitFor();
    await codeLens(page(), 'Layer · size known after the build').waitFor();
    await codeLens(page(), 'Metadata only').waitFor();
  });

  test('the engine starts from the view that says it is not running', async () => {
    await runCommand(page(), 'View: Show Lapstrake');
    await page().getByRole('button', { name: 'Start Engine' }).click();
    await page().locator('.statusbar-item').filter({ hasText: 'Lapstrake' }).first().waitFor();
    await page().getByText('There are no containers yet.').waitFor();
  });

  test('Build makes an image, with progress in the output', async () => {
    await runCommand(page(), 'Lapstrake: Build Image…');
    await answerInput(page(), 'Build Image', IMAGE);
    const end = notification(page(), /Built “|Build failed/);
    await end.waitFor({ timeout: 120_000 });
    expect(await end.textContent()).toContain(`Built “${IMAGE}” in`);
    await expect.poll(() => editor.output('Lapstrake Build')).toMatch(/Step 1\/\d+ : FROM node:current-slim/);
  });

  test('the figures now say what the build measured, and that it is cached', async () => {
    await codeLens(page(), /Base image · [\d.]+MB, \d+ layers/).waitFor();
    await codeLens(page(), /Layer · \d+ files, [\d.]+k?B, .*s · cached/).waitFor();
  });

  test('the image is in the explorer, and below it its layers', async () => {
    await images().filter({ hasText: IMAGE }).first().waitFor();
    await images().filter({ hasText: IMAGE }).first().click();
    await images().filter({ hasText: /COPY/ }).first().waitFor();
    await images()
      .filter({ hasText: /npm install/ })
      .first()
      .waitFor();
    await images().filter({ hasText: IMAGE }).first().click();
  });

  test('Show Layers draws what each instruction brought', async () => {
    await chooseInMenu(page(), images().filter({ hasText: IMAGE }).first(), 'Show Layers');
    const layers = await webview(page(), 'table.layers');
    await layers
      .locator('h1')
      .filter({ hasText: `Layers of ${IMAGE}` })
      .waitFor();
    await expect.poll(() => layers.locator('table.layers tbody tr').count(), { timeout: 20_000 }).toBeGreaterThan(5);
  });

  test('Run starts a container that is in the explorer with its port', async () => {
    await runCommand(page(), 'Notifications: Clear All Notifications');
    await chooseInMenu(page(), images().filter({ hasText: IMAGE }).first(), 'Run');
    await notification(page(), `“${CONTAINER}” is running on port ${port}.`).waitFor();
    await container()
      .filter({ hasText: `${port}→${port}` })
      .waitFor();
  });

  test('its page opens in the browser', async () => {
    const opened = editor.browser.waitForEvent('page', { timeout: 30_000 });
    await chooseInMenu(page(), container(), 'Open in Browser');
    const site = await opened;
    await site.waitForLoadState();
    expect(await site.title()).toContain(TITLE);
    await editor.picture('the-page', site);
    await site.close();
  });

  test('the port answers this machine, too', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect(await answer.text()).toContain(`<title>${TITLE}`);
  });

  test('Open Shell gives a shell inside', async () => {
    await runCommand(page(), 'Notifications: Clear All Notifications');
    await chooseInMenu(page(), container(), 'Open Shell');
    await terminalText(page()).filter({ hasText: /[#$]/ }).waitFor();
    await typeInTerminal(page(), 'ls\n');
    await terminalText(page()).filter({ hasText: 'package.json' }).waitFor();
    await terminalText(page()).filter({ hasText: 'server.js' }).waitFor();
    await typeInTerminal(page(), 'exit\n');
  });

  test('Stats shows figures and charts that move', async () => {
    await chooseInMenu(page(), container(), 'Show Stats');
    const stats = await webview(page(), 'table[aria-label="Current figures"]');
    await stats.locator('h1').filter({ hasText: CONTAINER }).waitFor();
    await expect.poll(() => stats.locator('section.chart canvas').count(), { timeout: 20_000 }).toBe(4);
    const memory = stats.locator('section.chart').filter({ hasText: 'Memory' }).locator('.current');
    await expect.poll(() => memory.textContent(), { timeout: 20_000 }).toMatch(/\d/);
    const canvas = stats.locator('section.chart canvas').first();
    const first = await canvas.screenshot();
    await fetch(`http://127.0.0.1:${port}/`);
    await expect
      .poll(async () => (await canvas.screenshot()).equals(first), { timeout: 20_000, interval: 500 })
      .toBe(false);
  });

  test('Logs shows what the application printed', async () => {
    await chooseInMenu(page(), container(), 'View Logs');
    await terminalText(page())
      .filter({ hasText: new RegExp(String(port)) })
      .waitFor();
  });

  test('Stop ends it, and the explorer shows it ended', async () => {
    await chooseInMenu(page(), container(), 'Stop');
    await container()
      .filter({ hasText: /Exited/ })
      .waitFor({ timeout: 30_000 });
    await expect
      .poll(() =>
        fetch(`http://127.0.0.1:${port}/`).then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed');
  });

  test('Remove takes it away, after asking', async () => {
    await chooseInMenu(page(), container(), 'Remove');
    await page().locator('.monaco-dialog-box').getByRole('button', { name: 'Remove' }).click();
    await page().getByText('There are no containers yet.').waitFor();
    expect(await editor.engine.docker.listContainers({ all: true })).toEqual([]);
  });
});
