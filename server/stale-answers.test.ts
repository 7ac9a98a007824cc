import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  CodeActionRequest,
  CodeLensRequest,
  CompletionRequest,
  HoverRequest,
  LSPErrorCodes,
} from 'vscode-languageserver/node';
import { startClient, type TestEngine } from './test-client.test-support.ts';

const URI = 'file:///nowhere/Dockerfile';
const TEXT = 'FROM a\nRUN x\nCMD y\n';
/** TEXT, a line further down from the second on. */
const MOVED = 'FROM a\n\nRUN x\nCMD y\n';
const textDocument = { uri: URI };

let engine: TestEngine;
let client: Awaited<ReturnType<typeof startClient>>;

beforeEach(async () => {
  engine = {};
  client = await startClient(engine);
});
afterEach(() => client.stop());

/** Asks for what waits for the engine, and has the text change meanwhile. */
async function askedBefore<Answer>(ask: () => Promise<Answer>, text: string, next: string): Promise<Answer> {
  const { connection } = client;
  let answer: () => void = () => undefined;
  engine.until = new Promise((resolve) => {
    answer = resolve;
  });
  const opened = client.published();
  const document = { uri: URI, languageId: 'dockerfile', version: 1, text };
  await connection.sendNotification('textDocument/didOpen', { textDocument: document });
  await opened;
  const given = ask().catch((error: Answer) => error);
  const changed = client.published();
  await connection.sendNotification('textDocument/didChange', {
    textDocument: { uri: URI, version: 2 },
    contentChanges: [{ text: next }],
  });
  await changed;
  answer();
  return given;
}

it('gives lenses of the newest text where lines moved while they had to wait', async () => {
  const given = await askedBefore(
    () => client.connection.sendRequest(CodeLensRequest.type, { textDocument }),
    TEXT,
    MOVED,
  );
  expect(given?.map(({ range }) => range.start.line)).toEqual([0, 0, 2, 3]);
});

it('gives the answer where no line moved', async () => {
  const given = await askedBefore(
    () => client.connection.sendRequest(CodeLensRequest.type, { textDocument }),
    TEXT,
    TEXT.replace('x', 'xy'),
  );
  expect(given).toMatchObject([{ range: { start: { line: 0 } } }, {}, {}, {}]);
});

it('completes where lines above came while the answer had to wait', async () => {
  engine.names = [{ reference: 'debian:13', size: 1, created: '' }];
  const position = { line: 2, character: 5 };
  const given = await askedBefore(
    () => client.connection.sendRequest(CompletionRequest.type, { textDocument, position }),
    'ARG V\n\nFROM \n',
    'ARG V\n\n# why\nFROM \n',
  );
  const items = Array.isArray(given) ? given : given?.items;
  const found = items?.find(({ label }) => label === 'debian:13');
  expect(found?.textEdit).toMatchObject({ range: { end: { line: 3, character: 5 } } });
});

it('explains what was pointed at where lines above went while the answer had to wait', async () => {
  const position = { line: 2, character: 1 };
  const given = await askedBefore(
    () => client.connection.sendRequest(HoverRequest.type, { textDocument, position }),
    MOVED,
    TEXT,
  );
  expect(given?.range).toEqual({ start: { line: 1, character: 0 }, end: { line: 1, character: 3 } });
  expect(given?.contents).toMatchObject({ value: expect.stringContaining('#run') });
});

it('fixes what was pointed at where it is now', async () => {
  const range = { start: { line: 1, character: 8 }, end: { line: 1, character: 8 } };
  const given = await askedBefore(
    () => client.connection.sendRequest(CodeActionRequest.type, { textDocument, range, context: { diagnostics: [] } }),
    'FROM a\nWORKDIR srv\n',
    'FROM a\n\nWORKDIR srv\n',
  );
  expect(given?.length).toBeGreaterThan(0);
  const lines = given?.flatMap((each) => {
    const [change] = ('edit' in each && each.edit?.documentChanges) || [];
    return change && 'edits' in change ? change.edits.map((edit) => ('range' in edit ? edit.range.start.line : 0)) : [];
  });
  expect(new Set(lines)).toEqual(new Set([2]));
});

it('says that the text changed where the very place is gone', async () => {
  const position = { line: 1, character: 1 };
  const given = await askedBefore(
    () => client.connection.sendRequest(HoverRequest.type, { textDocument, position }),
    TEXT,
    'FROM a\n\n\nCMD y\n',
  );
  expect(given).toMatchObject({ code: LSPErrorCodes.ContentModified });
});
