import { readArguments } from './arguments.ts';
import type { InstructionNode, Problem, Token } from './ast.ts';
import { readFlags } from './flags.ts';
import type { JoinedLine } from './joined-line.ts';
import { isBlank, skipSpace, trimmedEnd } from './white-space.ts';

type Words = Pick<InstructionNode, 'keyword' | 'name' | 'original' | 'flags' | 'args' | 'json'>;

/** An instruction's own line, read: what `InstructionNode` has without its place in the file. */
export interface ReadNode extends Words {
  /** What follows the flags; undefined where nothing does. */
  readonly rest: Token | undefined;
  /** The instruction behind ONBUILD. */
  readonly trigger: ReadNode | undefined;
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
  const restAt = end - rest.text.length;
  const isTrigger = name === 'ONBUILD';
  const trigger = isTrigger && rest.text !== '' ? readNode(joined, restAt, end, escapeToken) : undefined;
  const { args, json, problems } = isTrigger
    ? { args: [], json: false, problems: trigger?.problems ?? [] }
    : readArguments(name, rest, joined, restAt, escapeToken);
  return {
    keyword,
    name,
    original: text.slice(from, to),
    flags,
    rest: rest.text === '' ? undefined : rest,
    // Without the room that a growing list has for more: trees are remembered.
    args: args.slice(),
    json,
    trigger,
    end,
    problems,
  };
}
