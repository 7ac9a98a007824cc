import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CodeActionRequest,
  CompletionRequest,
  DefinitionRequest,
  type Diagnostic,
  DidCloseTextDocumentNotification,
  DocumentFormattingRequest,
  HoverRequest,
  RenameRequest,
} from 'vscode-languageserver/node';
import { startClient } from '../test-client.test-support.ts';

const URI = 'file:///nowhere/README.md';
const DYNAMIC = {
  textDocument: { synchronization: { dynamicRegistration: true }, completion: { dynamicRegistration: true } },
};
const TEXT = `# App

Run \`WORKDIR\`:

\`\`\`dockerfile
FROM node:22 AS build
FROM node:22
COPY --from=build /a /b
\`\`\`

1. and then

   \`\`\`Dockerfile
   ARG PORT=80
   EXPOSE $PORT
   EXPOSEE 1
   \`\`\`

\`\`\`js
FROM node AS x
\`\`\`
`;

let client: Awaited<ReturnType<typeof startClient>>;

beforeEach(async () => {
  client = await startClient({}, { capabilities: DYNAMIC });
});
afterEach(() => client.stop());

const at = (line: number, character: number) => ({ textDocument: { uri: URI }, position: { line, character } });
const said = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map(({ code, range: { start, end } }) => `${code} ${start.line}:${start.character}-${end.character}`);

async function open(text: string): Promise<Diagnostic[]> {
  const next = client.published();
  const textDocument = { uri: URI, languageId: 'markdown', version: 1, text };
  await client.connection.sendNotification('textDocument/didOpen', { textDocument });
  return next;
}

describe('Dockerfiles in Markdown', () => {
  it('are asked for beside Dockerfiles, without what is about whole documents', async () => {
    await expect.poll(() => client.registered()).toContain('textDocument/hover');
    expect(client.registered()).not.toContain('textDocument/formatting');
  });

  it('are judged in the lines of the document, the rest of it is not', async () => {
    expect(said(await open(TEXT))).toEqual(['instruction-unknown 15:3-10']);
    const next = client.published();
    await client.connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri: URI } });
    expect(await next).toEqual([]);
  });

  it('are not held against what they leave out: images, variables, files', async () => {
    expect(
      said(await open('```dockerfile\nWORKDIR /$HOME_OF_APP\n...\nCOPY gone /x\nUSER app\nADD y /z\n```\n')),
    ).toEqual(['DL3066 4:5-8', 'DL3020 5:0-3']);
  });

  it('are not held against stages that they do not show, nor for placeholders', async () => {
    const part = 'COPY --from=build a b\nWORKDIR app\nRUN a | b\nUSER root';
    const whole = 'FROM <image>\nCOPY --from=build /a /b\nUSER <user>\nEXPOSEE 1';
    const [first, ...rest] = said(await open(`\`\`\`dockerfile\n${part}\n\`\`\`\n~~~docker\n${whole}\n~~~\n`));
    expect([first, ...rest]).toEqual(['DL3066 4:5-9', 'instruction-unknown 10:0-7']);
  });

  it('have fixes that keep the indentation of the block', async () => {
    const [first] = await open(TEXT);
    const params = { textDocument: { uri: URI }, range: first!.range, context: { diagnostics: [first!] } };
    const actions = (await client.connection.sendRequest(CodeActionRequest.type, params)) ?? [];
    expect(actions[0]).toMatchObject({
      title: 'Change to “EXPOSE”',
      diagnostics: [{ range: first!.range }],
      edit: { documentChanges: [{ textDocument: { uri: URI }, edits: [{ range: first!.range, newText: 'EXPOSE' }] }] },
    });
  });

  it('are completed, explained, followed and renamed', async () => {
    await open(TEXT);
    const found = await client.connection.sendRequest(CompletionRequest.type, at(7, 12));
    const items = Array.isArray(found) ? found : (found?.items ?? []);
    expect(items.find(({ label }) => label === 'build')?.textEdit).toMatchObject({
      range: { start: { line: 7, character: 12 } },
    });
    const hover = await client.connection.sendRequest(HoverRequest.type, at(14, 12));
    expect(hover?.range).toEqual({ start: { line: 14, character: 10 }, end: { line: 14, character: 15 } });
    expect(JSON.stringify(hover?.contents)).toContain('PORT=80');
    const range = { start: { line: 5, character: 16 }, end: { line: 5, character: 21 } };
    expect(await client.connection.sendRequest(DefinitionRequest.type, at(7, 14))).toMatchObject({ uri: URI, range });
    const renamed = await client.connection.sendRequest(RenameRequest.type, { ...at(7, 14), newName: 'made' });
    expect(JSON.stringify(renamed)).toContain(JSON.stringify(range));
    const options = { tabSize: 2, insertSpaces: true };
    const formatting = client.connection.sendRequest(DocumentFormattingRequest.type, { ...at(0, 0), options });
    expect(await formatting).toBeNull();
    expect(await client.connection.sendRequest(HoverRequest.type, at(2, 6))).toBeNull();
  });
});
