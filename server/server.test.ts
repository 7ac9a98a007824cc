import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CodeActionRequest,
  CodeLensRequest,
  CompletionRequest,
  DefinitionRequest,
  type Diagnostic,
  DidChangeWatchedFilesNotification,
  DidCloseTextDocumentNotification,
  DocumentSymbolRequest,
  FileChangeType,
  HoverRequest,
  type Position,
  TextDocumentEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { asImageId, type DiffId, type Digest } from '../core/image/digest.ts';
import { EngineChanged, type EngineImage } from '../protocol/lsp.ts';
import { startClient, type TestEngine } from './test-client.test-support.ts';

const IMAGE: EngineImage = {
  id: asImageId(`sha256:${'1'.repeat(64)}` as Digest),
  diffIds: [`sha256:${'2'.repeat(64)}` as DiffId],
  layerSizes: [],
  size: 31_000_000,
  created: '2026-01-01T00:00:00Z',
  repoDigests: [],
  env: ['PATH=/bin', 'NODE_VERSION=22'],
  exposedPorts: [],
  user: '',
  workingDir: '',
  onBuild: [],
  platform: 'linux/amd64',
};

let root: string;
let uri: string;
let engine: TestEngine;
let client: Awaited<ReturnType<typeof startClient>>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-server-'));
  await mkdir(join(root, 'src'));
  await writeFile(join(root, 'src/a.js'), 'x'.repeat(1200));
  await writeFile(join(root, 'src/b.js'), 'x'.repeat(34));
  await writeFile(join(root, 'src/debug.log'), 'x'.repeat(5000));
  await writeFile(join(root, '.dockerignore'), '**/*.log\n');
  engine = {};
  client = await startClient(engine);
  uri = client.uriOf(join(root, 'Dockerfile'));
});
afterEach(async () => {
  await client.stop();
  await rm(root, { recursive: true, force: true });
});

const textDocument = () => ({ textDocument: { uri } });
const messages = (diagnostics: readonly Diagnostic[]): string[] => diagnostics.map(({ message }) => String(message));

async function lenses(): Promise<string[]> {
  const found = (await client.connection.sendRequest(CodeLensRequest.type, textDocument())) ?? [];
  return found.map(({ range, command }) => `${range.start.line}: ${command?.title}`);
}

async function hoverAt(position: Position): Promise<string> {
  const found = await client.connection.sendRequest(HoverRequest.type, { ...textDocument(), position });
  return JSON.stringify(found?.contents ?? '');
}

async function completionsAt(position: Position): Promise<string[]> {
  const found = await client.connection.sendRequest(CompletionRequest.type, { ...textDocument(), position });
  return (Array.isArray(found) ? found : (found?.items ?? [])).map(({ label }) => label);
}

async function fixAll(text: string, diagnostics: Diagnostic[], title: RegExp): Promise<string> {
  const [first] = diagnostics;
  const params = { ...textDocument(), range: first!.range, context: { diagnostics } };
  const actions = (await client.connection.sendRequest(CodeActionRequest.type, params)) ?? [];
  const action = actions.find((each) => title.test(each.title));
  expect(action, actions.map((each) => each.title).join()).toBeDefined();
  const changes = action && 'edit' in action ? (action.edit?.documentChanges ?? []) : [];
  const edits = changes.filter(TextDocumentEdit.is).flatMap((change) => change.edits);
  const plain = edits.flatMap((edit) => ('newText' in edit ? [edit] : []));
  return TextDocument.applyEdits(TextDocument.create(uri, 'dockerfile', 1, text), plain);
}

describe('diagnostics', () => {
  it('tell a mistake at its words, and go when its fix is applied', async () => {
    const text = 'FROM node:22\nEXPOSEE 8080\n';
    const diagnostics = await client.open(uri, text);
    expect(diagnostics).toMatchObject([
      {
        message: 'unknown instruction: EXPOSEE (did you mean EXPOSE?)',
        range: { start: { line: 1, character: 0 }, end: { line: 1, character: 7 } },
        severity: 1,
        source: 'Lapstrake',
      },
    ]);
    const fixed = await fixAll(text, diagnostics, /EXPOSE/);
    expect(fixed).toBe('FROM node:22\nEXPOSE 8080\n');
    expect(await client.change(uri, fixed)).toEqual([]);
  });

  it('tell what the rules find, with a fix and a way to ignore it', async () => {
    const text = 'FROM node:22 as build\n';
    const diagnostics = await client.open(uri, text);
    expect(diagnostics).toMatchObject([{ code: 'FromAsCasing', severity: 2 }]);
    expect(diagnostics[0]?.codeDescription?.href).toContain('from-as-casing');
    expect(await fixAll(text, diagnostics, /AS/)).toBe('FROM node:22 AS build\n');
    const ignored = await fixAll(text, diagnostics, /^Ignore/);
    expect(await client.change(uri, ignored)).toEqual([]);
  });

  it('tell a source that is missing, and one that is ignored', async () => {
    const found = messages(await client.open(uri, 'FROM node:22\nCOPY gone.js src/debug.log /srv/\n'));
    expect(found).toEqual([
      '"/gone.js": not found in the build context',
      '"/src/debug.log": not found: .dockerignore excludes it (line 1: **/*.log)',
    ]);
  });

  it('follow the context: a source that appears is no longer missing', async () => {
    await client.open(uri, 'FROM node:22\nCOPY gone.js /srv/\n');
    await writeFile(join(root, 'gone.js'), '1');
    const next = client.published();
    await client.connection.sendNotification(DidChangeWatchedFilesNotification.type, {
      changes: [{ uri: client.uriOf(join(root, 'gone.js')), type: FileChangeType.Created }],
    });
    expect(await next).toEqual([]);
    await expect.poll(() => client.refreshCount()).toBe(1);
  });

  it('do not blame variables that an unknown base may set, but those that a known one does not', async () => {
    const text = 'FROM node:22\nRUN x\nWORKDIR $NODE_VERSION/$TYPO\n';
    expect(await client.open(uri, text)).toEqual([]);
    engine.images = { 'node:22': IMAGE };
    const next = client.published();
    await client.connection.sendNotification(EngineChanged);
    expect(messages(await next).filter((message) => message.includes('undefined'))).toEqual([
      "Usage of undefined variable '$TYPO'",
    ]);
  });

  it('do not wait for an engine that is slow, but follow what it says in the end', async () => {
    let answer: () => void = () => undefined;
    engine.until = new Promise((resolve) => {
      answer = resolve;
    });
    engine.images = { 'node:22': IMAGE };
    expect(await client.open(uri, 'FROM node:22\nWORKDIR /$TYPO\n')).toEqual([]);
    const next = client.published();
    answer();
    expect(messages(await next)).toEqual(["Usage of undefined variable '$TYPO'"]);
  });

  it('go when the document is closed', async () => {
    await client.open(uri, 'FRM x\n');
    const next = client.published();
    await client.connection.sendNotification(DidCloseTextDocumentNotification.type, textDocument());
    expect(await next).toEqual([]);
  });
});

describe('ignoring a finding', () => {
  it.each([
    [
      'above its instruction',
      'FROM node:22\nRUN x\nWORKDIR app\n',
      'FROM node:22\nRUN x\n# check=skip=WorkdirRelativePath\nWORKDIR app\n',
    ],
    [
      'in the file, where the rule looks at the whole of it',
      'FROM node:22\nRUN x\nuser 5\n',
      '# check=skip=ConsistentInstructionCasing\nFROM node:22\nRUN x\nuser 5\n',
    ],
    [
      'in the file, where a comment above the first instruction is a directive',
      '# syntax=docker/dockerfile:1\nFROM node:22 as a\n',
      '# syntax=docker/dockerfile:1\n# check=skip=FromAsCasing\nFROM node:22 as a\n',
    ],
    [
      'in the directive that is there',
      '# check=skip=DL3006;error=false\nFROM node:22 as a\n',
      '# check=skip=DL3006,FromAsCasing;error=false\nFROM node:22 as a\n',
    ],
    [
      'in a directive that skips nothing yet',
      '# check=error=false\nFROM node:22 as a\n',
      '# check=skip=FromAsCasing;error=false\nFROM node:22 as a\n',
    ],
  ])('goes %s, and leaves nothing to tell', async (_where, text, expected) => {
    const ignored = await fixAll(text, await client.open(uri, text), /^Ignore/);
    expect(ignored).toBe(expected);
    expect(await client.change(uri, ignored)).toEqual([]);
  });
});

describe('code lenses', () => {
  it('are asked for anew a few times at most, however many files change at once', async () => {
    await client.open(uri, 'FROM node:22\nCOPY src /srv/\n');
    const next = client.published();
    for (let i = 0; i < 50; i++) {
      await client.connection.sendNotification(DidChangeWatchedFilesNotification.type, {
        changes: [{ uri: client.uriOf(join(root, `src/${i}.js`)), type: FileChangeType.Created }],
      });
    }
    await next;
    await expect.poll(() => client.refreshCount()).toBeGreaterThan(0);
    // On a busy machine they do not come all at once.
    expect(client.refreshCount()).toBeLessThan(10);
  });

  const TEXT = 'FROM node:22\nWORKDIR /srv\nCOPY src .\nRUN make\nCMD ["x"]\n';

  it('say what each instruction does, with the exact files and bytes of the context', async () => {
    await client.open(uri, TEXT);
    expect(await lenses()).toEqual([
      '0: $(play) Build Image',
      '0: Base image · not pulled yet',
      '1: Layer · directory /srv',
      '2: Layer · 2 files, 1.23kB',
      '3: Layer · size known after the build',
      '4: Metadata only',
    ]);
  });

  it('promise nothing of a COPY whose source is missing', async () => {
    await client.open(uri, 'FROM node:22\nCOPY gone.js src /srv/\n');
    expect(await lenses()).toContain('1: Layer · a source is missing');
  });

  it('say what the engine has: the base’s size, and what is cached with its figures', async () => {
    engine.images = { 'node:22': IMAGE };
    let number = 0;
    engine.cache = (key) =>
      ++number === 4
        ? null
        : {
            key: key as Digest,
            ...(number < 4 && { diffId: `sha256:${`${number}`.repeat(64)}` as DiffId }),
            bytes: 4200,
            files: 7,
            duration: 1500,
            builtAt: '2026-01-01T00:00:00Z',
          };
    await client.open(uri, TEXT);
    expect(await lenses()).toEqual([
      '0: $(play) Build Image',
      '0: Base image · 31MB, 1 layer',
      '1: Layer · directory /srv · cached',
      '2: Layer · 2 files, 1.23kB · cached',
      '3: Layer · 7 files, 4.2kB, 1.5 s · cached',
      '4: Metadata only',
    ]);
  });
});

describe('what stands there', () => {
  const TEXT =
    'ARG V=22\nFROM node:$V AS build\nARG APP=shop\nENV HOME=/$APP\nFROM node:22\nCOPY --from=build $HOME /x\n';

  it('is explained: keywords, variables, stages', async () => {
    await client.open(uri, `${TEXT}COPY src /srv/\n`);
    expect(await hoverAt({ line: 6, character: 1 })).toMatch(/Layer · 2 files, 1\.23kB.*\/srv\/a\.js {2}1\.2kB/s);
    expect(await hoverAt({ line: 3, character: 13 })).toContain('APP=shop');
    expect(await hoverAt({ line: 5, character: 13 })).toContain('node:$V');
  });

  it('leads to where it is defined', async () => {
    await client.open(uri, TEXT);
    const params = { ...textDocument(), position: { line: 5, character: 13 } };
    expect(await client.connection.sendRequest(DefinitionRequest.type, params)).toMatchObject({
      range: { start: { line: 1, character: 16 }, end: { line: 1, character: 21 } },
    });
  });

  it('is an outline: stages with their instructions', async () => {
    await client.open(uri, TEXT);
    const symbols = (await client.connection.sendRequest(DocumentSymbolRequest.type, textDocument())) ?? [];
    expect(symbols.map((each) => [each.name, 'children' in each ? each.children?.length : undefined])).toEqual([
      ['ARG', undefined],
      ['build', 2],
      ['stage 1', 1],
    ]);
  });
});

describe('a document that is no file of this machine', () => {
  it.each(['file://share/app/Dockerfile', 'untitled:Dockerfile', 'vscode-remote://x/app/Dockerfile'])(
    'is judged by its text alone: %s',
    async (address) => {
      uri = address;
      expect(messages(await client.open(uri, 'FROM a:1\nCOPY src/a.js /\nWROKDIR /x\n')).join()).toMatch(/WROKDIR/);
      await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
        changes: [{ uri: 'file://share/app/src/a.js', type: 2 }],
      });
      expect(await hoverAt({ line: 1, character: 1 })).toContain('Brings files');
    },
  );
});

describe('completion', () => {
  it.each([
    ['FROM a\nWOR', 'WORKDIR'],
    ['FROM a\nrun', 'RUN'],
    ['from a\nrun', 'run'],
    ['FROM a\nCOPY --', '--chown='],
    ['FROM a AS tools\nFROM b\nCOPY --from=', 'tools'],
    ['FROM a AS tools\nFROM ', 'tools'],
    ['FROM a\nRUN --mount=ty', 'type='],
    ['FROM a\nRUN --mount=type=c', 'cache'],
    ['FROM a\nENV HOME_DIR=/x\nWORKDIR $H', 'HOME_DIR'],
    ['FROM a\nCOPY src/', 'a.js'],
    ['FROM a\nCOPY ', 'src/'],
  ])('offers what fits: %j', async (text, label) => {
    await client.open(uri, text);
    const lines = text.split('\n');
    expect(await completionsAt({ line: lines.length - 1, character: lines.at(-1)!.length })).toContain(label);
  });

  it('offers nothing in comments and heredocs, and no ignored file', async () => {
    await client.open(uri, 'FROM a\n# RU\nRUN <<EOF\nCO\nEOF\nCOPY src/');
    expect(await completionsAt({ line: 1, character: 4 })).toEqual([]);
    expect(await completionsAt({ line: 3, character: 2 })).toEqual([]);
    expect(await completionsAt({ line: 5, character: 9 })).toEqual(['a.js', 'b.js']);
  });
});

it('answers what is asked together with a change before it judges the text', async () => {
  await client.open(uri, 'FROM debian\n');
  const order: string[] = [];
  const told = client.change(uri, 'FROM debian\nRUN cd /x\n');
  const judged = client.published().then(() => order.push('diagnostics'));
  const asked = client.connection
    .sendRequest(CompletionRequest.type, { ...textDocument(), position: { line: 2, character: 0 } })
    .then(() => order.push('completion'));
  await Promise.all([judged, asked]);
  expect(order).toEqual(['completion', 'diagnostics']);
  await told;
});

it('judges a thousand lines after each change', async () => {
  const text = `FROM scratch\n${'LABEL a="b c" \\\n  d=e\n'.repeat(500)}`;
  await client.open(uri, text);
  const diagnostics = await client.change(uri, `${text}FOO\n`);
  expect(diagnostics.map(({ message }) => message)).toEqual([expect.stringContaining('FOO')]);
});
