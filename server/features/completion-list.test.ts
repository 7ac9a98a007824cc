import { describe, expect, it } from 'vitest';
import {
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  CompletionRequest,
} from 'vscode-languageserver/node';
import { startClient } from '../test-client.test-support.ts';
import { withRestOfWord, withSharedRange } from './completion-list.ts';

const SHARES = { textDocument: { completion: { completionList: { itemDefaults: ['editRange'] } } } };
const start = { line: 1, character: 0 };
const range = { start, end: { line: 1, character: 2 } };

function edit(label: string, newText: string, at = range): CompletionItem {
  return { label, textEdit: { range: at, newText } };
}

/** What is offered behind `CO` of the second line. */
async function offered(capabilities: object, text = 'FROM a\nCO\n'): Promise<CompletionList> {
  const client = await startClient({}, { capabilities });
  try {
    await client.open('untitled:Dockerfile', text);
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

describe('the word that goes on behind the place', () => {
  const position = range.end;

  it.each([
    ['WORKDIR ', 'RKDIR /x', 6],
    ['--chown=', 'wn=root a', 3],
    ['node:22', 'de:20-alpine AS b', 12],
    ['a.js', 'b.js /x', 4],
    ['src/', 'rc/b.js', 3],
    ['EXPOSE ', 'POSE', 4],
  ])('is replaced with %j where %j follows', (newText, rest, length) => {
    const [found] = withRestOfWord({ isIncomplete: false, items: [edit('x', newText)] }, position, rest).items;
    const end = { line: 1, character: position.character + length };
    expect(found?.textEdit).toEqual({ newText, insert: range, replace: { start, end } });
  });

  it('is the name alone of a variable, and nothing where white space follows', () => {
    const variable = { ...edit('V', 'V'), kind: CompletionItemKind.Variable };
    const list = { isIncomplete: false, items: [variable] };
    expect(withRestOfWord(list, position, 'AR.x}').items[0]?.textEdit).toMatchObject({
      replace: { end: { character: 4 } },
    });
    expect(withRestOfWord(list, position, ' x')).toBe(list);
  });

  it('is told to editors that can choose', async () => {
    const chooses = { textDocument: { completion: { completionItem: { insertReplaceSupport: true } } } };
    const [own] = (await offered(chooses, 'FROM a\nCOPY x\n')).items;
    expect(own?.textEdit).toMatchObject({ insert: range, replace: { end: { character: 5 } } });
    expect((await offered({}, 'FROM a\nCOPY x\n')).items[0]?.textEdit).toMatchObject({ range });
  });
});
