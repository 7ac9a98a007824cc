import { readArguments } from './arguments.ts';
import type { InstructionNode, Problem, Token } from './ast.ts';
import { readFlags } from './flags.ts';
import type { JoinedLine } from './joined-line.ts';
import { isBlank, skipSpace, trimmedEnd } from './white-space.ts';

type Words = Pick<InstructionNode, 'keyword' | 'name' | 'original' | 'flags' | 'rest' | 'args' | 'json'>;

/** An instruction's own line, read: what `InstructionNode` has without its place in the file. */
export interface ReadNode extends Words {
  /** The instruction behind ONBUILD. */
  readonly trigger?: ReadNode;
  /** Offset in the joined line behind the last character. */
  readonly end: number;
  readonly problems: readonly Problem[];
}

/** Reads the instruction between two offsets of a joined line: keyword, flags, arguments. */
export function readNode(joined: JoinedLine, from: number, to: number, escapeToken: '\\' | '`'): ReadNode {
  const { text } = joined;
  const start = skipSpace(text, from, to);
  const end = trimmedEnd(text, start, to);
  let keywordEnd = start;
  while (keywordEnd < end && !isBlank(text.charAt(keywordEnd))) keywordEnd++;
  const keyword = joined.token(start, keywordEnd);
  const { flags, restStart } = readFlags(joined, keywordEnd, end, escapeToken);
  const rest = joined.token(skipSpace(text, restStart, end), end);
  const name = keyword.text.toUpperCase();
  const base = { keyword, name, original: text.slice(from, to), flags, end, ...(rest.text !== '' && { rest }) };
  if (name === 'ONBUILD') return { ...base, ...readTrigger(rest, joined, end, escapeToken) };
  return { ...base, ...readArguments(name, rest, joined, end - rest.text.length, escapeToken) };
}

function readTrigger(rest: Token, joined: JoinedLine, end: number, escapeToken: '\\' | '`') {
  const none = { args: [], json: false };
  if (rest.text === '') return { ...none, problems: [] };
  const trigger = readNode(joined, end - rest.text.length, end, escapeToken);
  return { ...none, trigger, problems: trigger.problems };
}
