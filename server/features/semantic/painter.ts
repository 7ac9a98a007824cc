import type { Range, Token } from '../../../core/dockerfile/ast.ts';
import { referencesIn } from '../../../core/dockerfile/expand.ts';
import { positionIn } from '../../../core/dockerfile/joined-line.ts';
import type { LexerOptions } from '../../../core/dockerfile/shell-lexer.ts';
import { type ShellTokenKind, shellTokens } from '../../../core/dockerfile/shell-tokens.ts';
import type { Paint, TokenModifier, TokenType } from './legend.ts';

const SHELL_TYPES = {
  command: 'function',
  keyword: 'keyword',
  option: 'parameter',
  string: 'string',
  variable: 'variable',
  assignment: 'variable',
  operator: 'operator',
  comment: 'comment',
} as const satisfies Record<ShellTokenKind, TokenType>;

/** Gathers the coloured pieces of a text; pieces of several lines are cut at their ends. */
export class Painter {
  readonly paints: Paint[] = [];

  constructor(private readonly escapeToken: '\\' | '`') {}

  /** A range within one line; of several lines nothing is painted. */
  range({ start, end }: Range, type: TokenType, modifier?: TokenModifier): void {
    if (start.line !== end.line || end.character <= start.character) return;
    this.add(start.line, start.character, end.character - start.character, type, modifier);
  }

  /** A word, wherever its characters stand. */
  token(token: Token, type: TokenType, modifier?: TokenModifier): void {
    this.piece(token, 0, token.text.length, type, modifier);
  }

  /** A word with its variables; `type` for what is none. */
  value(token: Token, type: TokenType): void {
    this.expanded(token, type, { escape: this.escapeToken });
  }

  /** Text of a heredoc in which variables are replaced, in quotes or not. */
  data(token: Token): void {
    this.expanded(token, 'string', { escape: '\\', literalQuotes: true });
  }

  /** A script of a shell. */
  script(token: Token): void {
    for (const { kind, start, end } of shellTokens(token.text)) this.piece(token, start, end, SHELL_TYPES[kind]);
  }

  private expanded(token: Token, type: TokenType, options: LexerOptions): void {
    const { text } = token;
    let done = 0;
    for (const { start, end } of referencesIn(text, options)) {
      if (start < done) continue;
      this.piece(token, done, start, type);
      this.piece(token, start, end, 'variable');
      done = end;
    }
    this.piece(token, done, text.length, type);
  }

  /** A part of a word: cut where the source goes on elsewhere, and at line ends of a heredoc. */
  private piece(token: Token, start: number, end: number, type: TokenType, modifier?: TokenModifier): void {
    const { breaks = [], text } = token;
    let at = start;
    const paint = (to: number): void => {
      const { line, character } = positionIn(token, at);
      const length = text.slice(at, to).replace(/[\r\n]+$/, '').length;
      if (length > 0) this.add(line, character, length, type, modifier);
      at = to;
    };
    for (let i = firstBreakBehind(breaks, start); i < breaks.length && breaks[i]!.offset < end; i++) {
      paint(breaks[i]!.offset);
    }
    if (at < end) paint(end);
  }

  private add(line: number, character: number, length: number, type: TokenType, modifier?: TokenModifier): void {
    this.paints.push({ line, character, length, type, ...(modifier !== undefined && { modifier }) });
  }
}

function firstBreakBehind(breaks: NonNullable<Token['breaks']>, offset: number): number {
  let low = 0;
  let high = breaks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (breaks[middle]!.offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
