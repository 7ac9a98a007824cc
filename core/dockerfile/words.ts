import type { Token } from './ast.ts';
import { subToken } from './joined-line.ts';
import { isSpace } from './white-space.ts';

/**
 * Splits at white space outside quotes, as ENV, LABEL and ARG are split: quotes and escapes stay, but for an escape
 * character at the very end.
 */
export function readWords(rest: Token, { escapeToken }: { readonly escapeToken: string }): Token[] {
  const { text } = rest;
  const words: Token[] = [];
  let quote = '';
  let start = -1;
  const finish = (end: number): void => {
    if (start !== -1 && end > start) words.push(subToken(rest, start, end));
    start = -1;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote === '' && isSpace(char)) {
      finish(at);
      continue;
    }
    if (start === -1) start = at;
    if (char === escapeToken && quote !== "'") {
      if (at + 1 === text.length) {
        finish(at);
        return words;
      }
      at++;
    } else if (quote === '') {
      if (char === '"' || char === "'") quote = char;
    } else if (char === quote) quote = '';
  }
  finish(text.length);
  return words;
}
