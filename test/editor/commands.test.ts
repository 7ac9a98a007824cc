import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type Editor, openEditor } from '../harness/editor.ts';
import { registryThatStalls } from '../harness/stalling-registry.ts';
import {
  answerInput,
  chooseInMenu,
  notification,
  openFile,
  quickInput,
  runCommand,
  terminalLines,
  terminalText,
  typeInTerminal,
  viewRows,
} from '../harness/workbench.ts';

/** Seconds that nothing else on the machine sleeps. */
const LONG = '987654';

let registry: BaseImages;
let editor: Editor;
let count = 0;

const page = () => editor.page;
const docker = () => editor.engine.docker;
/** The row of a container that the explorer knows to be in this state. */
const containerThatIs = (state: string, name: string) =>
  viewRows(page(), 'Containers').and(page().locator(`[aria-label^="${name}, ${state},"]`));
const container = (name: string) => viewRows(page(), 'Containers').filter({ hasText: name }).first();
const image = (name: string) => viewRows(page(), 'Images').filter({ hasText: name }).first();
const tags = async () => (await docker().listImages()).flatMap(({ RepoTags }) => RepoTags ?? []).sort();

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  editor = await openEditor({
    name: 'commands',
    folder: 'examples/copy-on-write',
    settings: { 'lapstrake.daemon.registryMirrors': [registry.registryUrl] },
    prepare: (workspace) =>
      writeFile(join(workspace, 'slow.Dockerfile'), `FROM busybox\nRUN echo begun && sleep ${LONG}\n`),
  });
  await runCommand(page(), 'View: Show Lapstrake');
  await page().getByRole('button', { name: 'Start Engine' }).click();
  await page().getByText('There are no containers yet.').waitFor();
});

afterEach(async ({ task }) => {
  count += 1;
  await editor?.picture(`${String(count).padStart(2, '0')}-${task.name.replace(/[^a-z0-9]+/gi, '-')}`);
  await runCommand(page(), 'Notifications: Clear All Notifications');
});

afterAll(async () => {
  await editor?.[Symbol.asyncDispose]();
  await registry?.stop();
});

describe('images', () => {
  test('Pull brings one of the registry', async () => {
    await runCommand(page(), 'Lapstrake: Pull Image…');
    await answerInput(page(), 'Pull Image', 'busybox');
    await image('busybox:latest').waitFor();
    expect(await tags()).toEqual(['busybox:latest']);
  });

  test('Pull of an unknown one says its name, and leaves nothing', async () => {
    await runCommand(page(), 'Lapstrake: Pull Image…');
    await answerInput(page(), 'Pull Image', 'nobody-has-this:1');
    const failure = notification(page(), 'nobody-has-this');
    await failure.filter({ hasText: /not found|no registry|does not exist/i }).waitFor();
    expect(await tags()).toEqual(['busybox:latest']);
  });

  test('Pull that is cancelled ends without an error, and leaves nothing', async () => {
    await using stuck = await registryThatStalls();
    await runCommand(page(), 'Lapstrake: Pull Image…');
    await answerInput(page(), 'Pull Image', stuck.reference);
    await stuck.asked;
    const progress = notification(page(), `Pulling ${stuck.reference}`);
    await progress.hover();
    await progress.getByRole('button', { name: 'Cancel' }).click();
    await stuck.hungUp;
    await progress.waitFor({ state: 'hidden' });
    expect(await tags()).toEqual(['busybox:latest']);
    // The list that has just been shown goes with the last notification, should that end only then.
    const isNothingNew = async (): Promise<boolean> => {
      await runCommand(page(), 'Notifications: Show Notifications');
      return page().getByText('No new notifications').first().isVisible();
    };
    await expect.poll(isNothingNew, { timeout: 20_000 }).toBe(true);
    await page().keyboard.press('Escape');
  });

  test('Tag gives a second name; Escape gives none', async () => {
    await chooseInMenu(page(), image('busybox:latest'), 'Tag…');
    await answerInput(page(), 'Tag “busybox:latest”', 'mine:2');
    await image('mine:2').waitFor();
    await chooseInMenu(page(), image('mine:2'), 'Tag…');
    await quickInput(page()).locator('input.input').fill('never:3');
    await page().keyboard.press('Escape');
    await quickInput(page()).waitFor({ state: 'hidden' });
    expect(await tags()).toEqual(['busybox:latest', 'mine:2']);
  });

  test('Remove takes the tag only when that is confirmed', async () => {
    const dialog = page().locator('.monaco-dialog-box').filter({ hasText: 'Remove image “mine:2”?' });
    await chooseInMenu(page(), image('mine:2'), 'Remove Image');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(await tags()).toEqual(['busybox:latest', 'mine:2']);
    await chooseInMenu(page(), image('mine:2'), 'Remove Image');
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await image('mine:2').waitFor({ state: 'hidden' });
    expect(await tags()).toEqual(['busybox:latest']);
  });

  test('Inspect shows what the engine says of one, to be read only', async () => {
    await chooseInMenu(page(), image('busybox:latest'), 'Inspect Image');
    await page().locator('.tab.active').filter({ hasText: 'busybox' }).waitFor();
    await page().locator('.monaco-editor .view-line').filter({ hasText: '"RepoTags"' }).first().click();
    await page().keyboard.type('x');
    await page().getByText('Cannot edit in read-only editor').first().waitFor();
  });
});

describe('a build', () => {
  test('that is cancelled ends at once, with all that it ran, and makes no image', async () => {
    await openFile(page(), 'slow.Dockerfile');
    await runCommand(page(), 'Lapstrake: Build Image…');
    await answerInput(page(), 'Build Image', 'slow:1');
    await expect.poll(sleepers, { timeout: 30_000 }).toBe(1);
    const progress = notification(page(), 'Building slow:1');
    await progress.filter({ hasText: `RUN echo begun && sleep ${LONG}` }).hover();
    await progress.getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(sleepers).toBe(0);
    await progress.waitFor({ state: 'hidden' });
    expect(await editor.output('Lapstrake Build')).toContain('Cancelled.');
    expect(await notification(page(), /failed/i).count()).toBe(0);
    expect(await tags()).toEqual(['busybox:latest']);
  });
});

describe('containers', () => {
  test('Run Interactive is a terminal inside, and ends with it', async () => {
    await chooseInMenu(page(), image('busybox:latest'), 'Run Interactive');
    await terminalText(page()).filter({ hasText: '/ #' }).waitFor();
    await container('busybox').waitFor();
    await typeInTerminal(page(), 'echo in:$((6*7))\n');
    await terminalText(page()).filter({ hasText: 'in:42' }).waitFor();
    await typeInTerminal(page(), 'exit\n');
    await page().getByText('There are no containers yet.').waitFor();
  });

  test('Restart runs one anew, and the explorer follows', async () => {
    const options = { name: 'worker', Image: 'busybox', Cmd: ['sleep', LONG] };
    const made = await docker().createContainer(options);
    await made.start();
    const before = (await made.inspect()).State.StartedAt;
    await made.kill({ signal: 'SIGKILL' });
    await containerThatIs('exited', 'worker').waitFor();
    await chooseInMenu(page(), container('worker'), 'Restart');
    await containerThatIs('running', 'worker').waitFor();
    const { State } = await made.inspect();
    expect(State.Running).toBe(true);
    expect(State.StartedAt).not.toBe(before);
  });

  test('Logs go on with all that one prints when it is restarted', async () => {
    const script = `echo >>runs; echo run $(wc -l <runs) begins; trap 'echo asked to end; exit 0' TERM; sleep ${LONG} & wait`;
    const made = await docker().createContainer({ name: 'talker', Image: 'busybox', Cmd: ['sh', '-c', script] });
    await made.start();
    await containerThatIs('running', 'talker').waitFor();
    await chooseInMenu(page(), container('talker'), 'View Logs');
    await terminalText(page()).filter({ hasText: 'run 1 begins' }).waitFor();
    await made.restart();
    await terminalText(page()).filter({ hasText: 'run 2 begins' }).waitFor();
    await made.restart();
    await terminalText(page()).filter({ hasText: 'run 3 begins' }).waitFor();
    const ended = ['asked to end', '── exited (0) ──'];
    expect(await terminalLines(page())).toEqual(['run 1 begins', ...ended, 'run 2 begins', ...ended, 'run 3 begins']);
    await made.remove({ force: true });
  });

  test('Pause stops the clock of one, or says what the machine lacks for that', async () => {
    const paused = containerThatIs('paused', 'worker');
    await containerThatIs('running', 'worker').waitFor();
    await chooseInMenu(page(), container('worker'), 'Pause');
    const refused = notification(page(), /nothing can be paused/);
    await paused.or(refused).first().waitFor();
    const inspected = await docker().getContainer('worker').inspect();
    expect(inspected.State.Paused).toBe(await paused.isVisible());
    if (!inspected.State.Paused) return;
    await chooseInMenu(page(), container('worker'), 'Unpause');
    await containerThatIs('running', 'worker').waitFor();
    expect((await docker().getContainer('worker').inspect()).State.Paused).toBe(false);
  });

  test('Remove of one that runs asks to stop it, too', async () => {
    await chooseInMenu(page(), container('worker'), 'Remove');
    const dialog = page().locator('.monaco-dialog-box').filter({ hasText: 'Stop and remove “worker”?' });
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page().getByText('There are no containers yet.').waitFor();
    expect(await sleepers()).toBe(0);
  });
});

/** How many processes of the machine sleep as long as those of these tests. */
async function sleepers(): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return commands.filter((command) => command === `sleep\0${LONG}\0`).length;
}
