import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MANIFEST_TYPES } from '../../core/image/media-types.ts';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type Editor, openEditor } from '../harness/editor.ts';
import { halfRegistry } from '../harness/half-registry.ts';
import { ACCOUNT, type RealRegistry, startRealRegistry } from '../harness/real-registry.ts';
import { answerFileDialog, expandRow, showOnlyView } from '../harness/side-bar.ts';
import {
  answerInput,
  chooseInMenu,
  notification,
  quickInput,
  runCommand,
  told,
  viewRows,
} from '../harness/workbench.ts';

let base: BaseImages;
let registry: RealRegistry;
let editor: Editor;
let count = 0;

const page = () => editor.page;
const docker = () => editor.engine.docker;
const row = (view: string, name: string) => viewRows(page(), view).filter({ hasText: name }).first();
const image = (name: string) => row('Images', name);
const dialog = (text: string) => page().locator('.monaco-dialog-box').filter({ hasText: text });
const picks = () => quickInput(page()).locator('.monaco-list-row');
const tags = async () => (await docker().listImages()).flatMap(({ RepoTags }) => RepoTags ?? []).sort();
const clipboard = () => page().evaluate(() => navigator.clipboard.readText());
const done = async (text: string | RegExp) => {
  await told(page(), text);
  await runCommand(page(), 'Notifications: Clear All Notifications');
};
const authorization = `Basic ${Buffer.from(`${ACCOUNT.username}:${ACCOUNT.password}`).toString('base64')}`;
/** What the registry says for itself. */
const ask = (path: string) =>
  fetch(`${registry.url}/v2/${path}`, { headers: { authorization, Accept: MANIFEST_TYPES.join(', ') } });

/** Builds an image of busybox and one file of so many bytes. */
async function build(tag: string, bytes: number): Promise<void> {
  const context = pack();
  context.entry({ name: 'Dockerfile' }, 'FROM busybox\nCOPY bytes /bytes\n');
  context.entry({ name: 'bytes' }, randomBytes(bytes));
  context.finalize();
  for await (const _ of (await docker().buildImage(Readable.from(context), { t: tag })) as Readable);
}

beforeAll(async () => {
  base = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  const started = await startRealRegistry({ htpasswd: ACCOUNT.htpasswd });
  if (started === undefined)
    throw new Error('docker-registry is not here; `apt-get install docker-registry` brings it');
  registry = started;
  editor = await openEditor({
    name: 'images',
    folder: 'examples/copy-on-write',
    settings: { 'lapstrake.daemon.registryMirrors': [base.registryUrl] },
  });
  await editor.browser.grantPermissions(['clipboard-read', 'clipboard-write']);
  await runCommand(page(), 'View: Show Lapstrake');
  await page().getByRole('button', { name: 'Start Engine' }).click();
  await page().getByText('There are no containers yet.').waitFor();
  for await (const _ of (await docker().pull('busybox:latest')) as Readable);
  await docker().getImage('busybox').tag({ repo: 'busybox', tag: 'mine' });
});

afterEach(async ({ task }) => {
  count += 1;
  await editor?.picture(`${String(count).padStart(2, '0')}-${task.name.replace(/[^a-z0-9]+/gi, '-')}`);
  await page().keyboard.press('Escape');
  await runCommand(page(), 'Notifications: Clear All Notifications');
});

afterAll(async () => {
  await editor?.[Symbol.asyncDispose]();
  await registry?.stop();
  await base?.stop();
});

describe('registries', () => {
  test('Add Registry asks for an account where one is needed, and keeps none that is wrong', async () => {
    await showOnlyView(page(), 'Registries');
    await page().getByRole('button', { name: 'Add Registry' }).first().click();
    await answerInput(page(), 'Add Registry', registry.host);
    await answerInput(page(), `Log In to ${registry.host}`, ACCOUNT.username);
    await answerInput(page(), 'Password or access token', 'guessed');
    const refused = notification(page(), 'does not accept this user name and password');
    await refused.getByRole('button', { name: 'Log In' }).click();
    await answerInput(page(), `Log In to ${registry.host}`, ACCOUNT.username);
    await answerInput(page(), 'Password or access token', ACCOUNT.password);
    await done(`Logged in to ${registry.host} as “${ACCOUNT.username}”.`);
    await row('Registries', registry.host).filter({ hasText: ACCOUNT.username }).waitFor();
  });

  test('Push names the registry that is known, and brings the image there', async () => {
    await showOnlyView(page(), 'Images');
    await chooseInMenu(page(), image('busybox:mine'), 'Push Image…');
    await picks()
      .filter({ hasText: `${registry.host}/busybox:mine` })
      .first()
      .click();
    await done(`Pushed “${registry.host}/busybox:mine”.`);
    expect(await (await ask('busybox/tags/list')).json()).toEqual({ name: 'busybox', tags: ['mine'] });
    await image(`${registry.host}/busybox:mine`).waitFor();
  });

  test('the registry shows its repositories, their tags, and what a tag stands for', async () => {
    await showOnlyView(page(), 'Registries');
    await expandRow(row('Registries', registry.host));
    await expandRow(row('Registries', 'busybox'));
    await row('Registries', 'mine').hover();
    const tooltip = page().locator('.monaco-hover').filter({ hasText: 'Digest' });
    await tooltip.filter({ hasText: /Size.*in\sone\slayer.*Created.*Platforms.*linux\//s }).waitFor();
    await editor.picture('tag-tooltip');
    await chooseInMenu(page(), row('Registries', 'mine'), 'Copy Digest');
    const digest = (await ask('busybox/manifests/mine')).headers.get('docker-content-digest');
    await expect.poll(clipboard).toBe(digest);
    await chooseInMenu(page(), row('Registries', 'mine'), 'Copy Reference');
    await expect.poll(clipboard).toBe(`${registry.host}/busybox:mine`);
    await chooseInMenu(page(), row('Registries', 'mine'), 'Inspect Manifest');
    await page().locator('.monaco-editor .view-line').filter({ hasText: '"layers"' }).first().waitFor();
  });

  test('Pull brings a tag of it here', async () => {
    for (const tag of [`${registry.host}/busybox:mine`, 'busybox:mine']) await docker().getImage(tag).remove();
    await chooseInMenu(page(), row('Registries', 'mine'), 'Pull');
    await expect.poll(tags).toContain(`${registry.host}/busybox:mine`);
  });

  test('Delete Tag names the other tags that go with it', async () => {
    const manifest = await ask('busybox/manifests/mine');
    const type = manifest.headers.get('content-type') ?? '';
    const headers = { authorization, 'Content-Type': type };
    const body = await manifest.text();
    await fetch(`${registry.url}/v2/busybox/manifests/also`, { method: 'PUT', headers, body });
    await chooseInMenu(page(), row('Registries', 'mine'), 'Delete Tag…');
    const question = dialog(`Delete “busybox:mine” and “also” from ${registry.host}?`);
    await question.getByRole('button', { name: 'Delete' }).click();
    await expect.poll(async () => (await ask('busybox/manifests/also')).status).toBe(404);
    await row('Registries', 'mine').waitFor({ state: 'hidden' });
  });

  test('the password is in no file, setting or log of the extension', async () => {
    expect(await filesWith(join(editor.workspace, '..'), ACCOUNT.password)).toEqual([]);
  });

  test('Log Out forgets the account', async () => {
    await chooseInMenu(page(), row('Registries', registry.host), 'Log Out of Registry');
    await row('Registries', registry.host).filter({ hasNotText: ACCOUNT.username }).waitFor();
    await row('Registries', 'Log In…').waitFor();
  });

  test('a registry without a catalog says so, and takes repositories by name', async () => {
    await using half = await halfRegistry();
    await runCommand(page(), 'Lapstrake: Add Registry…');
    await answerInput(page(), 'Add Registry', half.host);
    await expandRow(row('Registries', half.host));
    await row('Registries', 'does not list its repositories').click();
    await answerInput(page(), 'Add Repository', 'team/app');
    await expandRow(row('Registries', 'team/app'));
    await row('Registries', '1.1').waitFor();
    await chooseInMenu(page(), row('Registries', half.host), 'Remove Registry');
    await dialog('Remove registry').getByRole('button', { name: 'Remove' }).click();
    await row('Registries', half.host).waitFor({ state: 'hidden' });
  });

  test('a registry that is not there is not added', async () => {
    await runCommand(page(), 'Lapstrake: Add Registry…');
    await answerInput(page(), 'Add Registry', '127.0.0.1:9');
    await told(page(), '127.0.0.1:9 does not answer: nothing listens there');
    expect(await row('Registries', '127.0.0.1:9').count()).toBe(0);
  });

  test('Push that is cancelled ends without an error', async () => {
    await using half = await halfRegistry();
    const reference = `${half.host}/stuck:1`;
    await docker()
      .getImage('busybox')
      .tag({ repo: `${half.host}/stuck`, tag: '1' });
    await showOnlyView(page(), 'Images');
    await chooseInMenu(page(), image(reference), 'Push Image…');
    await half.asked;
    const progress = notification(page(), `Pushing ${reference}`);
    await progress.hover();
    await progress.getByRole('button', { name: 'Cancel' }).click();
    await half.hungUp;
    await progress.waitFor({ state: 'hidden' });
    expect(await notification(page(), /failed/i).count()).toBe(0);
    await docker().getImage(reference).remove();
  });
});

describe('files', () => {
  test('Save to File writes an archive, and Load from File brings it back', async () => {
    const file = join(editor.workspace, 'saved.tar');
    await chooseInMenu(page(), image('busybox:latest'), 'Save to File…');
    await answerFileDialog(page(), 'Save Image to File', file);
    await told(page(), /Saved busybox:latest to “saved.tar”/);
    expect((await stat(file)).size).toBeGreaterThan(1_000_000);
    expect((await readdir(editor.workspace)).filter((name) => name.endsWith('.part'))).toEqual([]);
    const before = (await docker().getImage('busybox').inspect()).Id;
    for (const tag of await tags()) await docker().getImage(tag).remove();
    await image('busybox:latest').waitFor({ state: 'hidden' });
    await runCommand(page(), 'Lapstrake: Load from File…');
    await answerFileDialog(page(), 'Load Images from File', file);
    await told(page(), 'Loaded “busybox:latest”.');
    await image('busybox:latest').waitFor();
    expect((await docker().getImage('busybox').inspect()).Id).toBe(before);
  });

  test('Load of a file that is no archive says so', async () => {
    await runCommand(page(), 'Lapstrake: Load from File…');
    await answerFileDialog(page(), 'Load Images from File', join(editor.workspace, 'README.md'));
    await told(page(), /Load Images from File failed: ./);
    expect(await tags()).toEqual(['busybox:latest']);
  });
});

describe('what goes', () => {
  test('Remove of several images names them, and what that frees', async () => {
    await build('one:1', 300_000);
    await build('two:2', 200_000);
    await image('two:2').waitFor();
    await image('one:1').click();
    await expect.poll(() => image('one:1').getAttribute('aria-selected')).toBe('true');
    await image('COPY bytes').waitFor();
    await image('two:2').click({ modifiers: ['ControlOrMeta'] });
    await expect.poll(() => viewRows(page(), 'Images').and(page().locator('[aria-selected=true]')).count()).toBe(2);
    await chooseInMenu(page(), image('two:2'), 'Remove Image');
    const question = dialog('Remove 2 images?').filter({ hasText: /one:1.*two:2.*frees 50\d(\.\d)?kB/s });
    await editor.picture('remove-two');
    await question.getByRole('button', { name: 'Remove' }).click();
    await image('one:1').waitFor({ state: 'hidden' });
    await expect.poll(tags).toEqual(['busybox:latest']);
  });

  test('Copy Digest gives a layer’s; an image that was at no registry says that it has none', async () => {
    await build('app:1', 100_000);
    await chooseInMenu(page(), image('app:1'), 'Copy Digest');
    await done('“app:1” has no digest yet');
    await expandRow(image('app:1'));
    await chooseInMenu(page(), image('COPY bytes'), 'Copy Digest');
    const { RootFS } = await docker().getImage('app:1').inspect();
    await expect.poll(clipboard).toBe(RootFS.Layers?.at(-1));
  });

  test('images without a tag can be hidden, and rows be filtered', async () => {
    await build('app:1', 150_000);
    const dangling = viewRows(page(), 'Images').filter({ hasText: /^\s*[0-9a-f]{12}/ });
    await dangling.first().waitFor();
    await runCommand(page(), 'Lapstrake: Hide Dangling Images');
    await dangling.first().waitFor({ state: 'hidden' });
    await page().getByText('1 more are hidden.').waitFor();
    await runCommand(page(), 'Lapstrake: Show Dangling Images');
    await dangling.first().waitFor();
    await runCommand(page(), 'Lapstrake: Filter Images…');
    await answerInput(page(), 'Filter Images', 'APP');
    await image('busybox:latest').waitFor({ state: 'hidden' });
    await image('app:1').waitFor();
    await runCommand(page(), 'Lapstrake: Filter Images…');
    await answerInput(page(), 'Filter Images', '');
    await image('busybox:latest').waitFor();
  });

  test('Prune shows what goes and what that frees, and takes what is checked', async () => {
    await runCommand(page(), 'Lapstrake: Prune Images…');
    await quickInput(page())
      .filter({ hasText: /Prune Images: 1 of 3, frees 10\d(\.\d)?kB/ })
      .waitFor();
    await picks().filter({ hasText: 'app:1' }).first().click();
    await quickInput(page())
      .filter({ hasText: /Prune Images: 2 of 3, frees 25\d(\.\d)?kB/ })
      .waitFor();
    await editor.picture('prune');
    await page().keyboard.press('Enter');
    await told(page(), /Removed 2 images: frees 25\d(\.\d)?kB/);
    expect(await docker().listImages()).toHaveLength(1);
  });
});

describe('containers', () => {
  const container = (name: string) => row('Containers', name);

  test('Rename, Kill, Commit and Export do what they say', async () => {
    await showOnlyView(page(), 'Containers');
    const made = await docker().createContainer({
      ...{ name: 'worker', Image: 'busybox', Cmd: ['sh', '-c', 'echo changed >/changed; sleep 1000'] },
      Labels: { 'lapstrake.workspace': editor.workspace },
    });
    await made.start();
    await chooseInMenu(page(), container('worker'), 'Rename…');
    await answerInput(page(), 'Rename “worker”', 'toiler');
    await container('toiler').waitFor();
    await chooseInMenu(page(), container('toiler'), 'Commit…');
    await answerInput(page(), 'Commit “toiler” (1/2)', 'result:1');
    await answerInput(page(), 'Commit “toiler” (2/2)', 'as found');
    await done('“result:1” holds the files of “toiler”.');
    const history = (await docker().getImage('result:1').history()) as { Comment: string }[];
    expect(history[0]?.Comment).toBe('as found');
    const file = join(editor.workspace, 'toiler.tar');
    await chooseInMenu(page(), container('toiler'), 'Export to File…');
    await answerFileDialog(page(), 'Export Container', file);
    await done(/Exported the files of “toiler” to “toiler.tar”/);
    expect((await readFile(file)).includes('changed')).toBe(true);
    await chooseInMenu(page(), container('toiler'), 'Kill');
    await container('toiler').filter({ hasText: 'Exited (137)' }).waitFor();
  });

  test('an image shows the containers made of it', async () => {
    await showOnlyView(page(), 'Images');
    await expandRow(image('busybox:latest'));
    await image('toiler').filter({ hasText: 'exited' }).waitFor();
  });

  test('stopped ones, and those of other workspaces, can be hidden', async () => {
    await showOnlyView(page(), 'Containers');
    await (await docker().createContainer({ name: 'stranger', Image: 'busybox', Cmd: ['sleep', '1000'] })).start();
    await container('stranger').waitFor();
    await runCommand(page(), 'Lapstrake: Hide Stopped Containers');
    await container('toiler').waitFor({ state: 'hidden' });
    await container('stranger').waitFor();
    await runCommand(page(), 'Lapstrake: Show Stopped Containers');
    await runCommand(page(), 'Lapstrake: Show Only Containers of This Workspace');
    await container('stranger').waitFor({ state: 'hidden' });
    await container('toiler').waitFor();
    await runCommand(page(), 'Lapstrake: Show Containers of All Workspaces');
    await container('stranger').waitFor();
  });

  test('Prune takes those that do not run', async () => {
    await runCommand(page(), 'Lapstrake: Prune Containers…');
    await picks().filter({ hasText: 'toiler' }).first().waitFor();
    await page().keyboard.press('Enter');
    await told(page(), /Removed one container: frees/);
    await container('toiler').waitFor({ state: 'hidden' });
    expect((await docker().listContainers({ all: true })).map(({ Names }) => Names)).toEqual([['/stranger']]);
    await docker().getContainer('stranger').remove({ force: true });
  });
});

describe('volumes and networks', () => {
  test('a volume is created, shows who uses it, and is pruned', async () => {
    await showOnlyView(page(), 'Volumes');
    for (const name of ['kept', 'spare']) {
      await runCommand(page(), 'Lapstrake: Create Volume…');
      await answerInput(page(), 'Create Volume', name);
      await row('Volumes', name).waitFor();
    }
    const HostConfig = { Binds: ['kept:/data'] };
    const made = await docker().createContainer({ name: 'holder', Image: 'busybox', HostConfig });
    await row('Volumes', 'kept').filter({ hasNotText: 'not in use' }).waitFor();
    await expandRow(row('Volumes', 'kept'));
    await row('Volumes', 'holder').filter({ hasText: '/data' }).waitFor();
    await runCommand(page(), 'Lapstrake: Prune Volumes…');
    await quickInput(page()).filter({ hasText: 'Prune Volumes: 0 of 1' }).waitFor();
    await picks().filter({ hasText: 'spare' }).first().click();
    await page().keyboard.press('Enter');
    await done(/Removed one volume/);
    await made.remove();
    await runCommand(page(), 'Lapstrake: Remove Volume');
    await picks().filter({ hasText: 'kept' }).first().click();
    await dialog('Remove “kept”?').getByRole('button', { name: 'Remove' }).click();
    await page().getByText('There are no volumes.').waitFor();
  });

  test('a network is created, shows its members, and is removed', async () => {
    await showOnlyView(page(), 'Networks');
    await runCommand(page(), 'Lapstrake: Create Network…');
    await answerInput(page(), 'Create Network', 'backend');
    await row('Networks', 'backend').waitFor();
    const HostConfig = { NetworkMode: 'backend' };
    const made = await docker().createContainer({ name: 'member', Image: 'busybox', HostConfig });
    await expandRow(row('Networks', 'backend').and(page().locator('[aria-label$="1 containers"]')));
    await row('Networks', 'member').waitFor();
    await chooseInMenu(page(), row('Networks', 'backend'), 'Inspect Network');
    await page().locator('.tab.active').filter({ hasText: 'backend' }).waitFor();
    await made.remove();
    await runCommand(page(), 'Lapstrake: Prune Networks…');
    await picks().filter({ hasText: 'backend' }).first().waitFor();
    await page().keyboard.press('Enter');
    await done('Removed one network.');
    await row('Networks', 'backend').waitFor({ state: 'hidden' });
  });
});

/** The files below a folder that hold a text. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = await Promise.all(
    files.map(async (file) => ((await readFile(file).catch(() => Buffer.alloc(0))).includes(text) ? file : undefined)),
  );
  return found.filter((file) => file !== undefined);
}
