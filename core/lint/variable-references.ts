import type { Range, Token } from '../dockerfile/ast.ts';
import { referencesIn } from '../dockerfile/expand.ts';
import { rangeIn } from '../dockerfile/joined-line.ts';
import type { LexerOptions } from '../dockerfile/shell-lexer.ts';
import type { Fix } from './rule.ts';

/** One variable in one word. */
export interface VariableReference {
  /** `$NAME`, `${NAME}`, or NAME of `${NAME:-…}`, where it first stands; the whole word where it cannot be told. */
  readonly range: Range;
  /** Puts another name in its place, everywhere in the word. */
  readonly rename: (name: string) => Fix | undefined;
}

/** Finds where a word refers to a variable. */
export function referenceTo(name: string, token: Token, lexer: LexerOptions): VariableReference {
  const found = referencesIn(token.text, lexer).filter((reference) => reference.name === name);
  const [first] = found;
  if (first === undefined) return { range: token.range, rename: () => undefined };
  const [start, end] = first.modifier === '' ? [first.start, first.end] : [first.nameStart, first.nameEnd];
  return {
    range: rangeIn(token, start, end),
    rename: (newText) => ({
      title: `Change to ${newText}`,
      edits: found.map(({ nameStart, nameEnd }) => ({ range: rangeIn(token, nameStart, nameEnd), newText })),
    }),
  };
}
