import { mkdir, mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DidChangeWatchedFilesNotification,
  type DocumentDiagnosticReport,
  DocumentDiagnosticRequest,
  FileChangeType,
  type FileEvent,
  type WorkspaceDiagnosticReport,
  WorkspaceDiagnosticRequest,
  WorkspaceSymbolRequest,
} from 'vscode-languageserver/node';
import { startClient } from './test-client.test-support.ts';
import { isDockerfileName, Workspace } from './workspace.ts';

let root: string;
let client: Awaited<ReturnType<typeof startClient>>;

const uriOf = (path: string): string => pathToFileURL(join(root, path)).href;
const PULLS = {
  textDocument: { diagnostic: { dynamicRegistration: false } },
  workspace: { diagnostics: { refreshSupport: true }, workspaceFolders: true },
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-workspace-'));
  for (const folder of ['one', 'two/deep', 'two/node_modules/x']) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, 'one/Dockerfile'), 'FROM node:22 AS build\nFRO\n');
  await writeFile(join(root, 'two/deep/api.Dockerfile'), 'ARG BASE=x\nFROM alpine:3 AS api\n');
  await writeFile(join(root, 'two/node_modules/x/Dockerfile'), 'FROM a\n');
  await writeFile(join(root, 'two/Dockerfile.dockerignore'), 'x\n');
  client = await startClient({}, { capabilities: PULLS, folders: [uriOf('one'), uriOf('two')] });
});
afterEach(async () => {
  await client.stop();
  await rm(root, { recursive: true, force: true });
});

async function symbols(query: string): Promise<string[]> {
  const found = (await client.connection.sendRequest(WorkspaceSymbolRequest.type, { query })) ?? [];
  return found.map(({ name, containerName }) => `${name} in ${containerName}`);
}

function workspaceDiagnostics(
  previousResultIds: { uri: string; value: string }[] = [],
): Promise<WorkspaceDiagnosticReport> {
  return client.connection.sendRequest(WorkspaceDiagnosticRequest.type, { previousResultIds });
}

async function pull(uri: string, previousResultId?: string): Promise<DocumentDiagnosticReport> {
  const params = { textDocument: { uri }, ...(previousResultId !== undefined && { previousResultId }) };
  return client.connection.sendRequest(DocumentDiagnosticRequest.type, params);
}

describe('the workspace', () => {
  it('has the Dockerfiles of all its folders, by their names, without what packages bring', async () => {
    const workspace = new Workspace();
    workspace.setFolders([uriOf('one'), uriOf('two'), 'untitled:x']);
    expect(await workspace.files()).toEqual([uriOf('one/Dockerfile'), uriOf('two/deep/api.Dockerfile')]);
    workspace.changeFolders([], [uriOf('one')]);
    expect(await workspace.files()).toEqual([uriOf('two/deep/api.Dockerfile')]);
    const names = ['Dockerfile', 'Containerfile', 'dockerfile', 'Dockerfile.dev', 'a.Dockerfile', 'a.dockerfile'];
    expect(names.every(isDockerfileName)).toBe(true);
    const others = ['Dockerfile.dockerignore', '.dockerignore', 'Dockerfiles', 'my-dockerfile.md'];
    expect(others.some(isDockerfileName)).toBe(false);
  });

  it('is searched for stages and global arguments, those of open documents as they are edited', async () => {
    expect(await symbols('')).toEqual(['build in Dockerfile', 'api in api.Dockerfile', 'BASE in api.Dockerfile']);
    expect(await symbols('ap')).toEqual(['api in api.Dockerfile']);
    await client.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: uriOf('one/Dockerfile'), languageId: 'dockerfile', version: 1, text: 'FROM a AS edited\n' },
    });
    expect(await symbols('')).toEqual(['edited in Dockerfile', 'api in api.Dockerfile', 'BASE in api.Dockerfile']);
  });

  it('is judged as a whole, open documents apart, and again only when a file changes', async () => {
    const { items } = await workspaceDiagnostics();
    expect(items.map((each) => [each.uri, 'items' in each ? each.items.length : 0])).toEqual([
      [uriOf('one/Dockerfile'), 1],
      [uriOf('two/deep/api.Dockerfile'), 0],
    ]);
    const ids = items.map(({ uri, resultId }) => ({ uri, value: resultId ?? '' }));
    const next = workspaceDiagnostics(ids);
    await unlink(join(root, 'one/Dockerfile'));
    await client.connection.sendNotification(DidChangeWatchedFilesNotification.type, {
      changes: [{ uri: uriOf('one/Dockerfile'), type: FileChangeType.Deleted }],
    });
    const report = await next;
    expect(report.items.find(({ uri }) => uri === uriOf('one/Dockerfile'))).toMatchObject({ kind: 'full', items: [] });
  });

  it('has files and ids by their paths, however the editor spells them', async () => {
    await mkdir(join(root, 'two/@a+b'));
    await writeFile(join(root, 'two/@a+b/Dockerfile'), 'FROM alpine:3 AS inner\n');
    const { items } = await workspaceDiagnostics();
    const uri = `${uriOf('two')}/%40a%2Bb/Dockerfile`;
    expect(items.map((each) => each.uri)).toContain(uri);
    const other = `${uriOf('two')}/@a%2bb/Dockerfile`;
    const ids = items.map((each) => ({ uri: each.uri === uri ? other : each.uri, value: each.resultId ?? '' }));
    const next = workspaceDiagnostics([...ids, { uri: uriOf('two/gone'), value: '1' }]);
    expect((await next).items.find((each) => each.uri === other)).toMatchObject({ kind: 'unchanged' });
    await client.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: other, languageId: 'dockerfile', version: 1, text: 'FROM alpine:3 AS edited\n' },
    });
    expect(await symbols('ed')).toEqual(['edited in Dockerfile']);
    expect(await symbols('inner')).toEqual([]);
    const workspace = new Workspace();
    workspace.setFolders([uriOf('two/@a+b'), `${uriOf('one')}/`]);
    workspace.changeFolders([], [`${uriOf('two')}/%40a%2Bb`]);
    expect(workspace.paths).toEqual([join(root, 'one')]);
  });

  it('is looked at anew where a folder gets another name, or brings Dockerfiles', async () => {
    const tell = (changes: FileEvent[]) =>
      client.connection.sendNotification(DidChangeWatchedFilesNotification.type, { changes });
    const known: { uri: string; value: string }[] = [];
    const news = async (): Promise<string[]> => {
      const { items } = await workspaceDiagnostics([...known]);
      known.splice(0, known.length, ...items.map(({ uri, resultId }) => ({ uri, value: resultId ?? '' })));
      const isNew = items.filter(({ kind }) => kind === 'full');
      return isNew.map(({ uri, resultId }) => `${uri.slice(uriOf('').length)} ${resultId === 'gone' ? '-' : '+'}`);
    };
    await news();
    await rename(join(root, 'two/deep'), join(root, 'two/deeper'));
    await tell([
      { uri: uriOf('two/deep'), type: FileChangeType.Deleted },
      { uri: uriOf('two/deeper'), type: FileChangeType.Created },
    ]);
    expect(await news()).toEqual(['/two/deeper/api.Dockerfile +', '/two/deep/api.Dockerfile -']);
    await mkdir(join(root, 'one/new'));
    await writeFile(join(root, 'one/new/Dockerfile'), 'FROM alpine:3\n');
    await tell([{ uri: uriOf('one/new'), type: FileChangeType.Created }]);
    expect(await news()).toEqual(['/one/new/Dockerfile +']);
  });
});

describe('pulled diagnostics', () => {
  it('are given for what has no path on this machine', async () => {
    for (const uri of ['file:///%zz/Dockerfile', 'file://host/Dockerfile', 'untitled:Untitled-1']) {
      await client.connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId: 'dockerfile', version: 1, text: 'FROM node:22\nEXPOSEE 1\n' },
      });
      expect(await pull(uri)).toMatchObject({ items: [{ message: expect.stringMatching(/EXPOSEE/) }] });
    }
  });

  it('are given at once by what the text says, and asked for anew when the context says more', async () => {
    const uri = uriOf('one/Dockerfile');
    await client.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'dockerfile', version: 1, text: 'FROM node:22\nCOPY gone /x\nEXPOSEE 1\n' },
    });
    const first = await pull(uri);
    expect(first).toMatchObject({ kind: 'full', items: [{ message: expect.stringMatching(/EXPOSEE/) }] });
    await expect.poll(() => client.diagnosticRefreshCount()).toBe(1);
    const second = await pull(uri, first.resultId);
    expect(second).toMatchObject({
      kind: 'full',
      items: [{ message: expect.stringMatching(/EXPOSEE/) }, { message: expect.stringMatching(/"\/gone"/) }],
    });
    expect(await pull(uri, second.resultId)).toMatchObject({ kind: 'unchanged' });
    await client.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: 2 },
      contentChanges: [{ text: 'FROM node:22\n\nCOPY gone /x\nEXPOSE 1\n' }],
    });
    const third = await pull(uri, second.resultId);
    expect(third).toMatchObject({
      kind: 'full',
      items: [{ message: expect.stringMatching(/"\/gone"/), range: { start: { line: 2 } } }],
    });
  });

  it('are none for what is not open', async () => {
    expect(await pull(uriOf('nowhere'))).toEqual({ kind: 'full', items: [] });
  });
});
