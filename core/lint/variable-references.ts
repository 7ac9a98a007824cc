import type { Range, Token } from '../dockerfile/ast.ts';
import { referencesIn } from '../dockerfile/expand.ts';
import { rangeIn } from '../dockerfile/joined-line.ts';
import type { LexedReference, LexerOptions } from '../dockerfile/shell-lexer.ts';
import type { Fix } from './rule.ts';

/** Where a word refers to variables. */
export class VariableReferences {
  private readonly byName = new Map<string, LexedReference[]>();

  constructor(
    private readonly token: Token,
    lexer: LexerOptions,
  ) {
    for (const reference of referencesIn(token.text, lexer)) {
      const known = this.byName.get(reference.name);
      if (known) known.push(reference);
      else this.byName.set(reference.name, [reference]);
    }
  }

  /** `$NAME`, `${NAME}`, or NAME of `${NAME:-default}`, where it first stands; the whole word where it cannot be told. */
  rangeOf(name: string): Range {
    const first = this.byName.get(name)?.[0];
    if (first === undefined) return this.token.range;
    const { modifier, start, end, nameStart, nameEnd } = first;
    return modifier === '' ? rangeIn(this.token, start, end) : rangeIn(this.token, nameStart, nameEnd);
  }

  /** Puts another name in a variable's place, everywhere in the word. */
  renamed(name: string, newText: string | undefined): Fix[] {
    const found = this.byName.get(name) ?? [];
    if (newText === undefined || found.length === 0) return [];
    const edits = found.map(({ nameStart, nameEnd }) => ({ range: rangeIn(this.token, nameStart, nameEnd), newText }));
    return [{ title: `Change to ${newText}`, edits }];
  }
}
