import type { Flag } from './ast.ts';
import { CookedToken, type JoinedLine, subToken } from './joined-line.ts';
import { utf8Bytes } from './utf8.ts';
import { isSpace } from './white-space.ts';

/** The flags at the start of an instruction's arguments, and where the rest begins. */
interface ReadFlags {
  readonly flags: readonly Flag[];
  readonly restStart: number;
}

/**
 * Reads `--name=value` words up to the first word that is none, or behind `--`. Quotes and escapes are resolved. BuildKit
 * reads bytes here: a character beyond ASCII comes out as one character for each of its bytes, of which 0x85 and 0xa0
 * separate words.
 */
export function readFlags(joined: JoinedLine, start: number, end: number, escapeToken: string): ReadFlags {
  const { text } = joined;
  const flags: Flag[] = [];
  let at = start;
  for (;;) {
    while (at < end && isSpace(text.charAt(at))) at++;
    if (!text.startsWith('--', at) || at + 1 >= end) return { flags, restStart: at };
    const word = readWord(joined, at, end, escapeToken);
    at = word.next;
    if (word.cooked.length === 2) return { flags, restStart: at };
    flags.push(toFlag(word.cooked, joined, word.start, word.end));
    if (at >= end) return { flags, restStart: end };
  }
}

interface FlagWord {
  readonly cooked: CookedToken;
  readonly start: number;
  readonly end: number;
  /** Behind the white space that ends it. */
  readonly next: number;
}

function readWord(joined: JoinedLine, start: number, end: number, escapeToken: string): FlagWord {
  const { text } = joined;
  const cooked = new CookedToken(joined);
  let quote = '';
  for (let at = start; at < end; at++) {
    const char = text.charAt(at);
    if (char > '\x7f') {
      const width = addBytes(text, at, cooked, quote);
      if (width === 0) return { cooked, start, end: at, next: at + 1 };
      at += width - 1;
    } else if (quote === '' && isSpace(char)) {
      return { cooked, start, end: at, next: at + 1 };
    } else if (quote === '' ? char === '"' || char === "'" : char === quote) {
      quote = quote === '' ? char : '';
    } else if (char === escapeToken) {
      if (at + 1 < end) cooked.add(text.charAt(++at), at);
      else quote = '';
    } else cooked.add(char, at);
  }
  return { cooked, start, end, next: end };
}

/** Adds one character's bytes; gives its width in the text, or 0 where one of the bytes ends the word. */
function addBytes(text: string, at: number, cooked: CookedToken, quote: string): number {
  const code = text.codePointAt(at) ?? 0;
  for (const byte of utf8Bytes(code)) {
    if (quote === '' && (byte === 0x85 || byte === 0xa0)) return 0;
    cooked.add(String.fromCharCode(byte), at);
  }
  return code > 0xffff ? 2 : 1;
}

function toFlag(cooked: CookedToken, joined: JoinedLine, start: number, end: number): Flag {
  const whole = cooked.token(start, end);
  const equals = whole.text.indexOf('=');
  const nameEnd = equals === -1 ? whole.text.length : equals;
  return {
    text: whole.text,
    name: subToken(whole, Math.min(2, nameEnd), nameEnd),
    ...(equals !== -1 && { value: subToken(whole, equals + 1, whole.text.length) }),
    range: joined.range(start, end),
  };
}
