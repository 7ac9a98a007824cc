import { afterEach, beforeEach, expect, it } from 'vitest';
import { CodeLensRequest, LSPErrorCodes } from 'vscode-languageserver/node';
import { startClient, type TestEngine } from './test-client.test-support.ts';

const URI = 'file:///nowhere/Dockerfile';

let engine: TestEngine;
let client: Awaited<ReturnType<typeof startClient>>;

beforeEach(async () => {
  engine = {};
  client = await startClient(engine);
});
afterEach(() => client.stop());

/** Asks for lenses, which wait for the engine, and has the text change meanwhile. */
async function askedBefore(text: string, next: string): Promise<unknown> {
  const { connection } = client;
  let answer: () => void = () => undefined;
  engine.until = new Promise((resolve) => {
    answer = resolve;
  });
  const opened = client.published();
  const document = { uri: URI, languageId: 'dockerfile', version: 1, text };
  await connection.sendNotification('textDocument/didOpen', { textDocument: document });
  await opened;
  const asked = connection.sendRequest(CodeLensRequest.type, { textDocument: { uri: URI } });
  const given = asked.catch((error: unknown) => error);
  const changed = client.published();
  await connection.sendNotification('textDocument/didChange', {
    textDocument: { uri: URI, version: 2 },
    contentChanges: [{ text: next }],
  });
  await changed;
  answer();
  return given;
}

it('says that the text changed where lines moved while an answer had to wait', async () => {
  const given = await askedBefore('FROM a\nRUN x\nCMD y\n', 'FROM a\n\nRUN x\nCMD y\n');
  expect(given).toMatchObject({ code: LSPErrorCodes.ContentModified });
});

it('gives the answer where no line moved', async () => {
  const given = await askedBefore('FROM a\nRUN x\nCMD y\n', 'FROM a\nRUN xy\nCMD y\n');
  expect(given).toMatchObject([{ range: { start: { line: 0 } } }, {}, {}, {}]);
});
