import { expect, it } from 'vitest';
import { type CompletionItem, type CompletionList, CompletionRequest } from 'vscode-languageserver/node';
import { startClient } from '../test-client.test-support.ts';
import { withSharedRange } from './completion-list.ts';

const SHARES = { textDocument: { completion: { completionList: { itemDefaults: ['editRange'] } } } };
const start = { line: 1, character: 0 };
const range = { start, end: { line: 1, character: 2 } };

function edit(label: string, newText: string, at = range): CompletionItem {
  return { label, textEdit: { range: at, newText } };
}

/** What is offered behind `CO` of the second line. */
async function offered(capabilities: object): Promise<CompletionList> {
  const client = await startClient({}, { capabilities });
  try {
    await client.open('untitled:Dockerfile', 'FROM a\nCO\n');
    const textDocument = { uri: 'untitled:Dockerfile' };
    return (await client.connection.sendRequest(CompletionRequest.type, {
      textDocument,
      position: range.end,
    })) as CompletionList;
  } finally {
    await client.stop();
  }
}

it('says the range of all items once to an editor that takes that, and with each item to others', async () => {
  const [shared, own] = [await offered(SHARES), await offered({})];
  expect(shared.itemDefaults).toEqual({ editRange: range });
  expect(own.itemDefaults).toBeUndefined();
  const copyOf = ({ items }: CompletionList) => items.find(({ label }) => label === 'COPY');
  expect(copyOf(own)).toMatchObject({ textEdit: { range, newText: 'COPY ' } });
  expect(copyOf(shared)).toMatchObject({ textEditText: 'COPY ' });
  expect(copyOf(shared)).not.toHaveProperty('textEdit');
  expect(shared.items.map(({ label }) => label)).toEqual(own.items.map(({ label }) => label));
});

it('leaves a list alone whose items replace different ranges, or nothing', () => {
  const other = { start, end: start };
  for (const items of [[], [edit('a', 'a'), edit('b', 'b', other)], [edit('a', 'a'), { label: 'b' }]]) {
    const list = { isIncomplete: false, items };
    expect(withSharedRange(list)).toBe(list);
  }
});
