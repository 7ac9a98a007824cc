import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type Editor, openEditor } from '../harness/editor.ts';
import { ACCOUNT, type RealRegistry, startRealRegistry } from '../harness/real-registry.ts';
import { showOnlyView } from '../harness/side-bar.ts';
import { answerInput, chooseInMenu, notification, quickInput, runCommand, viewRows } from '../harness/workbench.ts';

let base: BaseImages;
let registry: RealRegistry;
let editor: Editor;
let count = 0;

const page = () => editor.page;
const docker = () => editor.engine.docker;
const row = (view: string, name: string) => viewRows(page(), view).filter({ hasText: name }).first();
const image = (name: string) => row('Images', name);
const picks = () => quickInput(page()).locator('.monaco-list-row');
const done = async (text: string | RegExp) => {
  await notification(page(), text).waitFor();
  await runCommand(page(), 'Notifications: Clear All Notifications');
};
const authorization = `Basic ${Buffer.from(`${ACCOUNT.username}:${ACCOUNT.password}`).toString('base64')}`;
/** What the registry says for itself. */
const ask = (path: string) => fetch(`${registry.url}/v2/${path}`, { headers: { authorization } });

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
});
