import type { Token } from './ast.ts';
import { CookedToken, type JoinedLine } from './joined-line.ts';
import { isSpace } from './white-space.ts';

/** A JSON array of strings, or of anything else. */
export type JsonArray =
  | { readonly kind: 'strings'; readonly tokens: readonly Token[] }
  | { readonly kind: 'not-strings' };

/** Reads a JSON array between two offsets of a joined line; undefined where there is none, or no valid one. */
export function readJsonArray(joined: JoinedLine, start: number, end: number): JsonArray | undefined {
  let from = start;
  while (from < end && isSpace(joined.text.charAt(from))) from++;
  if (joined.text.charAt(from) !== '[') return undefined;
  const values = parseArray(joined.text.slice(from, end));
  if (values === undefined) return undefined;
  if (!values.every((value) => typeof value === 'string')) return { kind: 'not-strings' };
  const tokens: Token[] = [];
  for (let at = from; at < end; at++) {
    if (joined.text.charAt(at) !== '"') continue;
    const { token, next } = readString(joined, at);
    tokens.push(token);
    at = next - 1;
  }
  return { kind: 'strings', tokens };
}

function parseArray(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Reads a valid JSON string at its opening quote. */
function readString(joined: JoinedLine, start: number): { readonly token: Token; readonly next: number } {
  const { text } = joined;
  const close = text.indexOf('"', start + 1);
  const escaped = text.indexOf('\\', start + 1);
  if (escaped === -1 || escaped > close) return { token: joined.quoted(start, close), next: close + 1 };
  const cooked = new CookedToken(joined);
  let at = start + 1;
  while (text.charAt(at) !== '"') {
    const char = text.charAt(at);
    if (char !== '\\') {
      cooked.add(char, at++);
      continue;
    }
    const escaped = text.charAt(at + 1);
    if (escaped === 'u') {
      cooked.add(String.fromCharCode(Number.parseInt(text.slice(at + 2, at + 6), 16)), at);
      at += 6;
    } else {
      cooked.add(ESCAPES[escaped] ?? escaped, at);
      at += 2;
    }
  }
  return { token: cooked.token(start, at + 1), next: at + 1 };
}
