import { mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DidChangeWatchedFilesNotification,
  type DocumentDiagnosticReport,
  DocumentDiagnosticRequest,
  FileChangeType,
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
});

describe('files that are not open', () => {
  it('are judged anew when .hadolint.yaml changes', async () => {
    await writeFile(join(root, 'one/Dockerfile'), 'FROM node:22\nWORKDIR app\n');
    const { items } = await workspaceDiagnostics();
    const next = workspaceDiagnostics(items.map(({ uri, resultId }) => ({ uri, value: resultId ?? '' })));
    await writeFile(join(root, 'one/.hadolint.yaml'), 'ignored: [DL3000]\n');
    await client.connection.sendNotification(DidChangeWatchedFilesNotification.type, {
      changes: [{ uri: uriOf('one/.hadolint.yaml'), type: FileChangeType.Created }],
    });
    expect(items[0]).toMatchObject({ items: [{ code: 'WorkdirRelativePath' }] });
    expect((await next).items[0]).toMatchObject({ kind: 'full', items: [] });
  });
});

describe('pulled diagnostics', () => {
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
