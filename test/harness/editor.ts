import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';
import { findProgram } from '../../scripts/fixtures/host.mjs';
import { ensureEditor } from '../../scripts/setup/editor/install.mjs';
import { prepareProfile } from '../../scripts/setup/editor/profile.mjs';
import { freePort } from '../../scripts/setup/ports.mjs';
import { type OwnEngine, ownEngine } from './own-engine.ts';
import { endProcess } from './process-group.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PATIENCE = 30_000;
const BROWSER_FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];

/** A real VS Code in a real browser, with the packaged extension, on a copy of a folder. */
export interface Editor extends AsyncDisposable {
  readonly page: Page;
  readonly browser: BrowserContext;
  /** Absolute path of the folder that is open. */
  readonly workspace: string;
  /** The engine that the extension starts here. */
  readonly engine: OwnEngine;
  /** Keeps a picture of VS Code's window, or of another page. */
  picture(name: string, page?: Page): Promise<void>;
  /** What an output channel holds. */
  output(channel: string): Promise<string>;
}

/** What is opened, and with which settings over the usual ones. */
export interface EditorOptions {
  /** Below `artifacts/editor`, which git ignores, the pictures and logs of the last run are kept under this name. */
  readonly name: string;
  /** Folder that is copied and opened, relative to the project. */
  readonly folder: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Changes the copy before it is opened. */
  prepare?(workspace: string): Promise<void>;
}

/** Packages the extension as users get it, installs it into a fresh profile, and opens the folder. */
export async function openEditor(options: EditorOptions): Promise<Editor> {
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-editor-'));
  const endings: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })];
  const close = async () => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    return await open(options, folder, endings, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  { name, folder: source, settings, prepare }: EditorOptions,
  folder: string,
  endings: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<Editor> {
  const artifacts = join(ROOT, 'artifacts/editor', name);
  await rm(artifacts, { recursive: true, force: true });
  await mkdir(artifacts, { recursive: true });
  const workspace = join(folder, source.split('/').at(-1) ?? 'workspace');
  await cp(join(ROOT, source), workspace, { recursive: true });
  await prepare?.(workspace);

  const profile = await prepareProfile(await ensureEditor(), folder, settings);
  await profile.installExtension(inject('vsix'));
  const env = await ownEnvironment(profile.env, folder);
  const engine = ownEngine(env);
  const logs = join(folder, 'data/logs');
  endings.push(() => cp(logs, join(artifacts, 'logs'), { recursive: true, force: true }).catch(() => undefined));

  const port = await freePort();
  const serverLog = openSync(join(folder, 'server.log'), 'w');
  const server = spawn(profile.node, [...profile.args, ...profile.serve(port)], {
    ...{ env, cwd: workspace, detached: true },
    stdio: ['ignore', serverLog, serverLog],
  });
  closeSync(serverLog);
  endings.push(async () => server.pid && (await endProcess(-server.pid)));
  endings.push(() => engine.stop());
  const address = new URL(`http://127.0.0.1:${port}/`);
  for (const end = Date.now() + PATIENCE; !(await answers(new URL('healthz', address))); await pause(100)) {
    if (server.exitCode !== null || Date.now() > end)
      throw new Error(`VS Code does not answer:\n${await readFile(join(folder, 'server.log'), 'utf8')}`);
  }

  const browser = await launchBrowser(env);
  endings.push(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  address.searchParams.set('folder', workspace);
  await page.goto(address.href);
  // The workbench and the remote file system are up.
  await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  return {
    ...{ page, browser: context, workspace, engine },
    picture: async (of, from = page) => void (await from.screenshot({ path: join(artifacts, `${of}.png`) })),
    output: (channel) => readChannel(logs, channel),
    [Symbol.asyncDispose]: close,
  };
}

/** Sockets, data and caches below the folder, so that nothing of the user's is seen or touched. */
async function ownEnvironment(env: Readonly<Record<string, string>>, folder: string): Promise<Record<string, string>> {
  const own = {
    XDG_RUNTIME_DIR: join(folder, 'run'),
    XDG_DATA_HOME: join(folder, 'share'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    TMPDIR: join(folder, 'tmp'),
  };
  for (const each of Object.values(own)) await mkdir(each, { recursive: true, mode: 0o700 });
  return { ...env, ...own };
}

async function launchBrowser(env: Record<string, string>): Promise<Browser> {
  const executablePath = (await findProgram('chromium')) ?? (await findProgram('chromium-browser'));
  if (executablePath === undefined) throw new Error('chromium is not here; `apt-get install chromium` brings it');
  return chromium.launch({ executablePath, args: BROWSER_FLAGS, env });
}

async function answers(url: URL): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function readChannel(logs: string, channel: string): Promise<string> {
  const names = await readdir(logs, { recursive: true });
  const pattern = new RegExp(`(^|/|\\d+-)${channel}\\.log$`);
  const texts = names.filter((name) => pattern.test(name)).map((name) => readFile(join(logs, name), 'utf8'));
  return (await Promise.all(texts)).join('');
}
