import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { freePort } from '../../scripts/setup/ports.mjs';
import { type Editor, openEditor } from '../harness/editor.ts';
import {
  answerInput,
  notification,
  openFile,
  problems,
  quickInput,
  runCommand,
  showProblems,
  terminalText,
  typeInTerminal,
  viewRows,
} from '../harness/workbench.ts';

let registry: BaseImages;
let port: number;
let taker: Server;
let editor: Editor;
let count = 0;

const page = () => editor.page;
const FAILING = 'FROM busybox\nENV STATE=kept\nRUN echo "$STATE" before it > /made\nRUN rm /made && exit 3\n';

/** What cannot be built, and what is said of it. */
const FAILURES = [
  { file: 'run.Dockerfile', text: 'FROM busybox\nRUN echo before\nRUN exit 7\n', line: 3, says: /exit 7.*7|code: 7/ },
  { file: 'copy.Dockerfile', text: 'FROM busybox\nCOPY nowhere.txt /x\n', line: 2, says: /nowhere\.txt/ },
  { file: 'from.Dockerfile', text: 'FROM nobody-has-this:1\nRUN true\n', line: 1, says: /nobody-has-this/ },
  { file: 'syntax.Dockerfile', text: 'FROM busybox\n\nCOPPY a b\n', line: 3, says: /COPPY/i },
];

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  port = await freePort();
  editor = await openEditor({
    name: 'bad-input',
    folder: 'examples/copy-on-write',
    settings: { 'lapstrake.daemon.registryMirrors': [registry.registryUrl] },
    prepare: async (workspace) => {
      for (const { file, text } of FAILURES) await writeFile(join(workspace, file), text);
      await writeFile(join(workspace, 'enter.Dockerfile'), FAILING);
      const server = `FROM busybox\nEXPOSE ${port}\nCMD ["sleep", "1000"]\n`;
      await writeFile(join(workspace, 'server.Dockerfile'), server);
    },
  });
  await runCommand(page(), 'View: Show Lapstrake');
  await page().getByRole('button', { name: 'Start Engine' }).click();
  await page().getByText('There are no containers yet.').waitFor();
  taker = createServer();
  await new Promise<void>((resolve) => taker.listen(port, '0.0.0.0', resolve));
});

// What an earlier step was told must not be taken for this one's.
beforeEach(() => runCommand(page(), 'Notifications: Clear All Notifications'));

afterEach(async ({ task }) => {
  count += 1;
  await editor?.picture(`${String(count).padStart(2, '0')}-${task.name.replace(/[^a-z0-9]+/gi, '-')}`);
});

afterAll(async () => {
  taker?.close();
  await editor?.[Symbol.asyncDispose]();
  await registry?.stop();
});

describe('what cannot be done is said where it can be mended', () => {
  test.each(FAILURES)('a build of $file fails on its line and leaves nothing', async ({ file, line, says }) => {
    await openFile(page(), file);
    await runCommand(page(), 'Lapstrake: Build Image…');
    await answerInput(page(), 'Build Image', 'broken:1');
    const failure = notification(page(), /Build failed|Built “/);
    await failure.waitFor({ timeout: 60_000 });
    const told = (await failure.textContent()) ?? '';
    expect(told).toContain(`Build failed (${file}:${line})`);
    expect(told).toMatch(says);
    await showProblems(page(), file);
    const problem = problems(page())
      .filter({ hasText: 'Lapstrake Build' })
      .filter({ hasText: `Ln ${line},` });
    await problem.filter({ hasText: says }).first().waitFor();
    const { docker } = editor.engine;
    expect((await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? [])).not.toContain('broken:1');
    expect(await docker.listContainers({ all: true })).toEqual([]);
  });

  test('what there was before a RUN that failed can be entered, and goes with the shell', async () => {
    const unnamed = async () =>
      (await editor.engine.docker.listImages()).filter(({ RepoTags }) => !RepoTags?.some((tag) => !/<none>/.test(tag)));
    // Those of the builds before were left alone.
    await expect.poll(unnamed).toEqual([]);
    await openFile(page(), 'enter.Dockerfile');
    await runCommand(page(), 'Lapstrake: Build Image…');
    await answerInput(page(), 'Build Image', 'broken:1');
    const failure = notification(page(), 'Build failed (enter.Dockerfile:4)');
    await failure.waitFor({ timeout: 60_000 });
    expect(await unnamed()).toHaveLength(1);
    await failure.getByRole('button', { name: 'Open Shell Before It' }).click();
    await terminalText(page()).filter({ hasText: /[#$]/ }).waitFor();
    await typeInTerminal(page(), 'cat /made; echo $STATE\n');
    await terminalText(page()).filter({ hasText: 'kept before it' }).waitFor();
    await typeInTerminal(page(), 'exit\n');
    await expect.poll(unnamed, { timeout: 20_000 }).toEqual([]);
    expect(await editor.engine.docker.listContainers({ all: true })).toEqual([]);
  });

  test('a port that is taken is asked about before anything is made', async () => {
    await openFile(page(), 'server.Dockerfile');
    await runCommand(page(), 'Lapstrake: Build Image…');
    await answerInput(page(), 'Build Image', 'server:1');
    await notification(page(), /Built “server:1”/).waitFor({ timeout: 60_000 });
    await run('server:1');
    const box = quickInput(page());
    await box.filter({ hasText: `Port ${port} is already in use` }).waitFor();
    expect(await editor.engine.docker.listContainers({ all: true })).toEqual([]);
    await box.locator('.monaco-list-row').filter({ hasText: 'Use a Random Port' }).first().click();
    await viewRows(page(), 'Containers')
      .filter({ hasText: `→${port}` })
      .first()
      .waitFor();
  });

  test('a container name that is taken gets a number', async () => {
    await run('server:1');
    await quickInput(page()).locator('.monaco-list-row').filter({ hasText: 'Use a Random Port' }).first().click();
    await viewRows(page(), 'Containers').filter({ hasText: 'server-2' }).first().waitFor();
  });

  test('an engine that is gone is noticed, and started again', async () => {
    await editor.engine.stop();
    await page().getByRole('button', { name: 'Start Engine' }).click();
    await viewRows(page(), 'Containers').filter({ hasText: 'Exited' }).first().waitFor();
  });

  test('a damaged image is named where it is used', async () => {
    const { docker, root } = editor.engine;
    const { Id } = await docker.getImage('busybox').inspect();
    await editor.engine.stop();
    await writeFile(join(root, 'images/blobs/sha256', Id.slice('sha256:'.length)), '{}');
    await page().getByRole('button', { name: 'Start Engine' }).click();
    await viewRows(page(), 'Containers').filter({ hasText: 'Exited' }).first().waitFor();
    await runCommand(page(), 'Notifications: Clear All Notifications');
    await openFile(page(), 'run.Dockerfile');
    await runCommand(page(), 'Lapstrake: Build Image…');
    await answerInput(page(), 'Build Image', 'broken:1');
    const failure = notification(page(), /Build failed|Built “/);
    await failure.waitFor({ timeout: 60_000 });
    expect(await failure.textContent()).toMatch(/Build failed \(run\.Dockerfile:1\).*corrupt.*remove the images/s);
  });
});

async function run(image: string): Promise<void> {
  await runCommand(page(), 'Lapstrake: Run');
  await quickInput(page()).locator('.monaco-list-row').filter({ hasText: image }).first().click();
}
