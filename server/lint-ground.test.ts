import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CodeActionRequest,
  ConfigurationRequest,
  type Diagnostic,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  DidChangeWorkspaceFoldersNotification,
  DidOpenTextDocumentNotification,
  FileChangeType,
  PublishDiagnosticsNotification,
} from 'vscode-languageserver/node';
import { WorkspaceTrusted } from '../protocol/lsp.ts';
import { startClient, type TestEditor } from './test-client.test-support.ts';

let root: string;
let uri: string;
let client: Awaited<ReturnType<typeof startClient>> | undefined;
const path = process.env.PATH;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-ground-'));
  await mkdir(join(root, 'app'));
  uri = pathToFileURL(join(root, 'app/Dockerfile')).href;
});
afterEach(async () => {
  process.env.PATH = path;
  await client?.stop();
  client = undefined;
  await rm(root, { recursive: true, force: true });
});

/** In no order: an editor sorts them itself. */
const said = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map(({ code, severity }) => `${code} ${severity}`).toSorted();

async function start(editor: TestEditor = {}) {
  client = await startClient({}, { folders: [pathToFileURL(root).href], ...editor });
  return client;
}

/** Waits for what is told until it is this. */
async function told(expected: readonly string[]): Promise<void> {
  const wanted = expected.toSorted().join();
  for (let last: string[] = []; last.join() !== wanted; ) last = said((await client?.published()) ?? []);
}

describe('how strictly is judged', () => {
  const text = 'FROM evil.example.com/a:1\nWORKDIR /app\nUSER me\nADD x /y\n';

  it('say .hadolint.yaml of a folder above, and the editor’s settings over it', async () => {
    await writeFile(join(root, '.hadolint.yaml'), 'ignored: [DL3020]\noverride:\n  error: [DL3066]\n');
    const { connection, open } = await start();
    const first = said(await open(uri, text));
    if (first.join() !== 'DL3066 1,copy-source-missing 1') await told(['DL3066 1', 'copy-source-missing 1']);
    const next = told(['DL3026 1', 'copy-source-missing 1']);
    await connection.sendNotification(DidChangeConfigurationNotification.type, {
      settings: { lapstrake: { lint: { rules: { DL3066: 'ignore' }, trustedRegistries: ['docker.io'] } } },
    });
    await next;
  });

  it('follow the folders of the workspace', async () => {
    await writeFile(join(root, '.hadolint.yaml'), 'ignored: [DL3020, DL3066]\n');
    const app = pathToFileURL(join(root, 'app')).href;
    const { connection, open } = await start({
      folders: [app],
      capabilities: { workspace: { workspaceFolders: true } },
    });
    const all = ['DL3066 3', 'DL3020 1', 'copy-source-missing 1'];
    const first = said(await open(uri, text));
    if (first.join() !== all.toSorted().join()) await told(all);
    const next = told(['copy-source-missing 1']);
    const folder = (at: string) => ({ uri: at, name: at });
    await connection.sendNotification(DidChangeWorkspaceFoldersNotification.type, {
      event: { added: [folder(pathToFileURL(root).href)], removed: [folder(app)] },
    });
    await next;
  });

  it('say which folder is the build context', async () => {
    await writeFile(join(root, 'there'), '');
    const { connection, open } = await start();
    const first = said(await open(uri, 'FROM alpine:3.22\nWORKDIR /app\nCOPY there /srv/\n'));
    if (first.join() !== 'copy-source-missing 1') await told(['copy-source-missing 1']);
    const next = told([]);
    const settings = { lapstrake: { build: { contexts: { 'app/Dockerfile': '.' } } } };
    await connection.sendNotification(DidChangeConfigurationNotification.type, { settings });
    await next;
  });

  it('is what a folder of several is set to', async () => {
    const folders = ['', 'app'].map((folder) => pathToFileURL(join(root, folder)).href.replace(/\/$/, ''));
    const { connection } = await start({ folders, capabilities: { workspace: { configuration: true } } });
    const rules = (folder: string, rule: string): unknown => ({
      lint: { rules: { [rule]: 'ignore', DL3066: folder } },
    });
    const answers = new Map([
      [folders[0], rules('error', 'DL3020')],
      [folders[1], rules('style', 'DL3007')],
    ]);
    connection.onRequest(ConfigurationRequest.type, ({ items }) => items.map(({ scopeUri }) => answers.get(scopeUri)));
    await connection.sendNotification(DidChangeConfigurationNotification.type, { settings: {} });
    const said = new Map<string, string>();
    connection.onNotification(PublishDiagnosticsNotification.type, ({ uri: about, diagnostics }) => {
      const own = diagnostics.filter(({ code }) => String(code).startsWith('DL'));
      said.set(about, own.map(({ code, severity }) => `${code} ${severity}`).join());
    });
    for (const [about, expected] of [
      [uri, 'DL3066 4,DL3020 1'],
      [pathToFileURL(join(root, 'Dockerfile')).href, 'DL3066 1'],
    ] as const) {
      const textDocument = { uri: about, languageId: 'dockerfile', version: 1, text };
      await connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
      await expect.poll(() => said.get(about)).toBe(expected);
    }
  });

  it('follows the file, and a file that cannot be read turns nothing off', async () => {
    const file = join(root, 'app/.hadolint.yaml');
    await writeFile(file, 'ignored: [DL3020, DL3066]\n');
    const { connection, open } = await start();
    const first = said(await open(uri, text));
    if (first.join() !== 'copy-source-missing 1') await told(['copy-source-missing 1']);
    const next = told(['DL3066 3', 'DL3020 1', 'copy-source-missing 1']);
    await writeFile(file, 'ignored: [DL3020\n');
    await connection.sendNotification(DidChangeWatchedFilesNotification.type, {
      changes: [{ uri: pathToFileURL(file).href, type: FileChangeType.Changed }],
    });
    await next;
  });

  it('tells at its place what is wrong with the file, until it is mended', async () => {
    const file = join(root, 'app/.hadolint.yaml');
    const told: string[] = [];
    const { connection } = await start();
    connection.onNotification(PublishDiagnosticsNotification.type, ({ uri: about, diagnostics }) => {
      if (about !== pathToFileURL(file).href) return;
      const places = diagnostics.map(({ severity, message, range: { start, end } }) => {
        return `${severity} ${start.line}:${start.character}-${end.character} ${message}`;
      });
      told.push(places.join());
    });
    const textDocument = { uri, languageId: 'dockerfile', version: 1, text };
    const write = async (config: string) => {
      await writeFile(file, config);
      await connection.sendNotification(DidChangeWatchedFilesNotification.type, {
        changes: [{ uri: pathToFileURL(file).href, type: FileChangeType.Changed }],
      });
    };
    await writeFile(file, '# mine\nignored: DL3020\n');
    await connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
    await expect.poll(() => told.at(-1)).toBe('1 1:0-7 ignored: must be a list; the file counts for nothing');
    await write('ignored:\noverride:\n  eror: [DL3020]\n');
    await expect.poll(() => told.at(-1)).toBe('2 2:2-6 override.eror means nothing here');
    await write('ignored: [DL3020\n');
    await expect.poll(() => told.at(-1)).toMatch(/^1 1:0-1 .*the file counts for nothing$/);
    await write('ignored: [DL3020]\n');
    await expect.poll(() => told.at(-1)).toBe('');
  });

  it('is as usual where settings are of another form', async () => {
    const { connection, open } = await start();
    await connection.sendNotification(DidChangeConfigurationNotification.type, {
      settings: {
        lapstrake: { lint: { rules: { DL3020: 'loud', DL3066: 'ignore' }, trustedRegistries: ['docker.io'] } },
      },
    });
    const all = said(await open(uri, text));
    expect(all).toEqual(expect.arrayContaining(['DL3020 1', 'DL3026 1']));
    expect(all).not.toContain('DL3066 3');
  });
});

describe('how many problems are told', () => {
  const text = 'FROM evil.example.com/a:1\nRUN sudo x\nWORKDIR a\nRUN cd /x\n';

  it('is what the setting says, the most severe, and all can be fixed', async () => {
    const { connection, open } = await start();
    const settings = (most: unknown) => ({ settings: { lapstrake: { lint: { maxNumberOfProblems: most } } } });
    await connection.sendNotification(DidChangeConfigurationNotification.type, settings(2));
    expect(said(await open(uri, text))).toEqual(['DL3004 1', 'max-number-of-problems 3']);
    const textDocument = { uri };
    const range = { start: { line: 3, character: 4 }, end: { line: 3, character: 4 } };
    const actions = await connection.sendRequest(CodeActionRequest.type, {
      ...{ textDocument, range, context: { diagnostics: [] } },
    });
    expect(actions?.map(({ title }) => title).join()).toContain('DL3003');
    const next = told(['DL3003 2', 'DL3004 1', 'WorkdirRelativePath 2']);
    await connection.sendNotification(DidChangeConfigurationNotification.type, settings(3));
    await next;
  });

  it('is a thousand where nothing, or no number of problems, is set', async () => {
    const { connection, open, change } = await start();
    const stages = (count: number) => `FROM a:1\nRUN sudo x\nWORKDIR /x\n${'RUN sudo x\nUSER 1\n'.repeat(count - 1)}`;
    expect(said(await open(uri, stages(1000)))).not.toContain('max-number-of-problems 3');
    await connection.sendNotification(DidChangeConfigurationNotification.type, {
      settings: { lapstrake: { lint: { maxNumberOfProblems: 0 } } },
    });
    const most = await change(uri, stages(1001));
    expect(most).toHaveLength(1000);
    expect(most.at(-1)?.message).toMatch(/^2 further problems are not shown/);
  });
});

describe('ShellCheck’s program', () => {
  const text = 'FROM a:1\nRUN ls $x\n';
  const finding = {
    file: '-',
    line: 77,
    endLine: 77,
    column: 4,
    endColumn: 6,
    level: 'error',
    code: 9999,
    message: 'ran',
  };

  /** Puts a program of that name into a folder: it finds fault with the last line of what it is given. */
  async function program(folder: string): Promise<void> {
    const file = join(root, folder, 'shellcheck');
    const answer = JSON.stringify({ comments: [{ ...finding, fix: null }] });
    await mkdir(join(root, folder), { recursive: true });
    const script = [`: > '${join(root, 'ran')}'`, "n=$(grep -c '')", `echo '${answer}' | sed "s/77/$n/g"`, 'exit 1'];
    await writeFile(file, ['#!/bin/sh', ...script, ''].join('\n'));
    await chmod(file, 0o755);
  }

  it('is not started in a workspace that is not trusted, and is once it is', async () => {
    await program('bin');
    process.env.PATH = `${join(root, 'bin')}:/usr/bin:/bin`;
    const { connection, open, change } = await start();
    expect(said(await open(uri, text))).toEqual([]);
    expect(said(await change(uri, `${text}USER 1\nRUN ls $y\n`))).toEqual([]);
    expect(existsSync(join(root, 'ran'))).toBe(false);
    const next = told(['SC9999 1', 'SC9999 1']);
    await connection.sendNotification(WorkspaceTrusted);
    await next;
  });
});
