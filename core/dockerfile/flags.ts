import type { Flag, Range, Token } from './ast.ts';
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
    if (!text.startsWith('--', at) || at + 1 >= end) return { flags: flags.length === 0 ? NONE : flags, restStart: at };
    const word = plainWord(joined, at, end) ?? readWord(joined, at, end, escapeToken);
    at = word.next;
    if (word.whole.text.length === 2) return { flags, restStart: at };
    flags.push(toFlag(word.whole, joined.range(word.start, word.end)));
    if (at >= end) return { flags, restStart: end };
  }
}

const NONE: readonly Flag[] = [];

interface FlagWord {
  /** Quotes and escapes resolved. */
  readonly whole: Token;
  readonly start: number;
  readonly end: number;
  /** Behind the white space that ends it. */
  readonly next: number;
}

const PLAIN_FLAG = /--[!#-&(-[\]-_a-~]*(?=[\t-\r ]|$)/y;

/** A flag without quotes, escapes, or characters beyond ASCII: it is what stands there. */
function plainWord(joined: JoinedLine, start: number, end: number): FlagWord | undefined {
  PLAIN_FLAG.lastIndex = start;
  if (!PLAIN_FLAG.test(joined.text)) return undefined;
  const behind = PLAIN_FLAG.lastIndex;
  return { whole: joined.token(start, behind), start, end: behind, next: behind < end ? behind + 1 : end };
}

function readWord(joined: JoinedLine, start: number, limit: number, escapeToken: string): FlagWord {
  const { text } = joined;
  const cooked = new CookedToken(joined);
  const word = (end: number, next: number): FlagWord => ({ whole: cooked.token(start, end), start, end, next });
  let quote = '';
  for (let at = start; at < limit; at++) {
    const char = text.charAt(at);
    if (char > '\x7f') {
      const width = addBytes(text, at, cooked, quote);
      if (width === 0) return word(at, at + 1);
      at += width - 1;
    } else if (quote === '' && isSpace(char)) {
      return word(at, at + 1);
    } else if (quote === '' ? char === '"' || char === "'" : char === quote) {
      quote = quote === '' ? char : '';
    } else if (char === escapeToken) {
      if (at + 1 < limit) cooked.add(text.charAt(++at), at);
      else quote = '';
    } else cooked.add(char, at);
  }
  return word(limit, limit);
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

function toFlag(whole: Token, range: Range): Flag {
  const { text } = whole;
  const equals = text.indexOf('=');
  if (equals === -1) return { text, name: subToken(whole, Math.min(2, text.length), text.length), range };
  const value = subToken(whole, equals + 1, text.length);
  return { text, name: subToken(whole, Math.min(2, equals), equals), value, range };
}
