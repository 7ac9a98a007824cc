import type { Token } from './ast.ts';
import { rangeIn, subToken } from './joined-line.ts';

/** Splits at commas as RFC 4180 has it; undefined where quotes are not as they should be. */
export function csvFields(token: Token): readonly Token[] | undefined {
  const { text } = token;
  const fields: Token[] = [];
  let at = 0;
  for (;;) {
    if (text.charAt(at) === '"') {
      const field = quotedField(token, at);
      if (field === undefined) return undefined;
      fields.push(field.token);
      at = field.next;
    } else {
      const comma = text.indexOf(',', at);
      const end = comma === -1 ? text.length : comma;
      if (text.slice(at, end).includes('"')) return undefined;
      fields.push(subToken(token, at, end));
      at = end;
    }
    if (at === text.length) return fields;
    if (text.charAt(at) !== ',') return undefined;
    at++;
  }
}

function quotedField(token: Token, start: number): { readonly token: Token; readonly next: number } | undefined {
  const { text } = token;
  for (let at = start + 1; at < text.length; at++) {
    if (text.charAt(at) !== '"') continue;
    if (text.charAt(at + 1) === '"') at++;
    else return { token: unquoted(token, start, at), next: at + 1 };
  }
  return undefined;
}

function unquoted(token: Token, start: number, end: number): Token {
  const inner = subToken(token, start + 1, end);
  if (!inner.text.includes('""')) return inner;
  return { text: inner.text.replaceAll('""', '"'), range: rangeIn(token, start, end + 1) };
}
