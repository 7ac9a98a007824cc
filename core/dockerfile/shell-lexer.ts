import { type PatternResult, replacePattern, trimPrefix, trimSuffix } from './shell-pattern.ts';
import { isSpace } from './white-space.ts';

/** How a word is read. */
export interface LexerOptions {
  readonly escape: '\\' | '`';
  /** Quotes stay in the result. */
  readonly rawQuotes?: boolean;
  /** Escape characters stay in the result. */
  readonly rawEscapes?: boolean;
  /** Quotes mean nothing. */
  readonly literalQuotes?: boolean;
  /** What refers to a variable without a value stays as it is. */
  readonly keepUnset?: boolean;
}

/** A word of the result, and where it stands in the input: from its first character to behind its last. */
export interface LexedWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** One `$NAME` or `${NAME…}` of the input. */
export interface LexedReference {
  readonly name: string;
  /** Offsets of the name alone. */
  readonly nameStart: number;
  readonly nameEnd: number;
  /** Offsets from `$` on; where a brace is not closed, to the end. */
  readonly start: number;
  readonly end: number;
  /** `:-`, `#`, …; '' without. */
  readonly modifier: string;
}

/** Why the input is no word. */
class LexerError extends Error {
  override readonly name = 'LexerError';
}

const END = '';
/** Deeper nesting of `${a:-${b:-…}}` is an error here, so that no input exhausts the stack. */
const DEEPEST = 200;

/**
 * Reads a word as BuildKit's shell lexer does: quotes, escapes, `$name` and `${name}` with every modifier, and the words
 * that white space outside quotes separates, after expansion.
 */
export class ShellLexer {
  readonly matched = new Set<string>();
  readonly unmatched = new Set<string>();
  readonly references: LexedReference[] = [];
  private at = 0;
  /** The word that is being read: one for all depths, as in BuildKit, where a nested `${a:-b}` starts it anew. */
  private buffer = '';
  private bufferStart = 0;
  private depth = 0;
  private readonly nameAt = /(?:\p{Nd}+|[@*#?\-$!]|[\p{L}\p{Nd}_]+)/uy;

  constructor(
    private readonly input: string,
    private readonly lookUp: (name: string) => string | undefined,
    private readonly options: LexerOptions,
  ) {}

  /** Gives the result and its words, or what is wrong. */
  run(): { readonly text: string; readonly words: readonly LexedWord[] } | { readonly problem: string } {
    try {
      if (this.input.startsWith('\ufeff')) this.at = 1;
      return this.until(END, this.options.rawEscapes ?? false);
    } catch (error) {
      if (error instanceof LexerError) return { problem: error.message };
      throw error;
    }
  }

  private peek(): string {
    return this.input.charAt(this.at);
  }

  private next(): string {
    return this.input.charAt(this.at++);
  }

  private until(stop: string, rawEscapes: boolean): { text: string; words: LexedWord[] } {
    let result = '';
    this.buffer = '';
    const words: LexedWord[] = [];
    let inWord = false;
    let wordEnd = 0;
    const addRaw = (text: string, start: number): void => {
      if (this.buffer === '') this.bufferStart = start;
      this.buffer += text;
      inWord = true;
      wordEnd = this.at;
    };
    const finish = (): void => {
      if (this.buffer === '') return;
      words.push({ text: this.buffer, start: this.bufferStart, end: wordEnd });
      this.buffer = '';
      inWord = false;
    };
    const add = (text: string, start: number): void => {
      for (const char of text) {
        if (!isSpace(char)) addRaw(char, start);
        else if (inWord) finish();
      }
    };
    while (this.at < this.input.length) {
      const start = this.at;
      const char = this.peek();
      if (stop !== END && char === stop) {
        this.at++;
        finish();
        return { text: result, words };
      }
      const special = this.special(char, rawEscapes);
      if (special !== undefined) {
        result += special;
        if (char === '$') add(special, start);
        else addRaw(special, start);
      } else if (char === this.options.escape) {
        this.at++;
        if (rawEscapes) {
          addRaw(char, start);
          result += char;
        }
        const escaped = this.next();
        if (escaped === END) break;
        addRaw(escaped, start);
        result += escaped;
      } else {
        this.at++;
        add(char, start);
        result += char;
      }
    }
    if (stop !== END) throw new LexerError(`unexpected end of statement while looking for matching ${stop}`);
    finish();
    return { text: result, words };
  }

  private special(char: string, rawEscapes: boolean): string | undefined {
    if (char === '$') return this.dollar();
    if (char === '<') return this.heredocMarker();
    if (this.options.literalQuotes) return undefined;
    if (char === "'") return this.singleQuoted();
    if (char === '"') return this.doubleQuoted(rawEscapes);
    return undefined;
  }

  private singleQuoted(): string {
    const end = this.input.indexOf("'", this.at + 1);
    if (end === -1) throw new LexerError('unexpected end of statement while looking for matching single-quote');
    const start = this.at;
    this.at = end + 1;
    return this.options.rawQuotes ? this.input.slice(start, end + 1) : this.input.slice(start + 1, end);
  }

  private doubleQuoted(rawEscapes: boolean): string {
    const quote = this.options.rawQuotes ? '"' : '';
    let result = quote;
    this.at++;
    for (;;) {
      const char = this.peek();
      if (char === END) throw new LexerError('unexpected end of statement while looking for matching double-quote');
      if (char === '$') {
        result += this.dollar();
        continue;
      }
      this.at++;
      if (char === '"') return result + quote;
      if (char !== this.options.escape) {
        result += char;
        continue;
      }
      if (rawEscapes) result += char;
      const escaped = this.peek();
      if (escaped === END) continue;
      if (escaped === '"' || escaped === '$' || escaped === this.options.escape) {
        this.at++;
        result += escaped;
      } else result += char;
    }
  }

  /** White space after `<<` belongs to the word, as the name that follows. */
  private heredocMarker(): string {
    const start = this.at++;
    if (this.peek() !== '<') return '<';
    this.at++;
    while (/[\t\r ]/.test(this.peek())) this.at++;
    return this.input.slice(start, this.at);
  }

  private dollar(): string {
    const start = this.at++;
    if (this.peek() === '{') return this.braced(start);
    const nameStart = this.at;
    const name = this.variableName();
    if (name === '') return '$';
    this.references.push({ name, nameStart, nameEnd: this.at, start, end: this.at, modifier: '' });
    const value = this.valueOf(name);
    return value === undefined && this.options.keepUnset ? `$${name}` : (value ?? '');
  }

  private braced(start: number): string {
    this.at++;
    const first = this.peek();
    if (first === END) throw new LexerError("syntax error: missing '}'");
    if (first === '{' || first === '}' || first === ':') throw new LexerError('syntax error: bad substitution');
    const nameStart = this.at;
    const name = this.variableName();
    const nameEnd = this.at;
    const index = this.references.length;
    this.references.push({ name, nameStart, nameEnd, start, end: this.input.length, modifier: '' });
    const { text, modifier } = this.substitution(name);
    this.references[index] = { name, nameStart, nameEnd, start, end: this.at, modifier };
    return text;
  }

  private substitution(name: string): { text: string; modifier: string } {
    const first = this.next();
    if (first === '}') {
      const value = this.valueOf(name);
      return { text: value === undefined && this.options.keepUnset ? `\${${name}}` : (value ?? ''), modifier: '' };
    }
    if (first === '/') return this.replacement(name);
    const colon = first === ':';
    const operator = colon ? this.next() : first;
    const modifier = (colon ? ':' : '') + (operator === END ? '\ufffd' : operator);
    const unsupported = `unsupported modifier (${modifier}) in substitution`;
    const trims = operator === '#' || operator === '%';
    if (colon ? trims : !/[-+?#%]/.test(operator)) throw new LexerError(unsupported);
    const word = this.part('}', trims, "syntax error: missing '}'");
    const value = this.valueOf(name);
    if (value === undefined && this.options.keepUnset) return { text: `\${${name}${modifier}${word}}`, modifier };
    const missing = value === undefined || (colon && value === '');
    switch (operator) {
      case '-':
        return { text: missing ? word : value, modifier };
      case '+':
        return { text: missing ? '' : word, modifier };
      case '?':
        if (!missing) return { text: value, modifier };
        throw new LexerError(
          `${name}: ${word || (value === undefined ? 'is not allowed to be unset' : 'is not allowed to be empty')}`,
        );
      case '#':
      case '%': {
        const length = word.startsWith(operator) ? 'longest' : 'shortest';
        const pattern = length === 'longest' ? word.slice(1) : word;
        const trim = operator === '#' ? trimPrefix : trimSuffix;
        return { text: this.patternValue(pattern, trim(pattern, value ?? '', length)), modifier };
      }
      default:
        throw new LexerError(unsupported);
    }
  }

  private replacement(name: string): { text: string; modifier: string } {
    const all = this.peek() === '/';
    if (all) this.at++;
    const pattern = this.part('/', true, `syntax error: missing '/' in $\{}`);
    const replacement = this.part('}', true, "syntax error: missing '}'");
    const value = this.valueOf(name);
    if (value === undefined && this.options.keepUnset)
      return { text: `\${${name}/${pattern}/${replacement}}`, modifier: '/' };
    const replaced = replacePattern(pattern, value ?? '', replacement, all ? 'all' : 'first');
    return { text: this.patternValue(pattern, replaced), modifier: all ? '//' : '/' };
  }

  private patternValue(pattern: string, result: PatternResult): string {
    if ('value' in result) return result.value;
    throw new LexerError(`invalid pattern (${pattern}) in substitution: ${result.problem}`);
  }

  private part(stop: string, rawEscapes: boolean, missing: string): string {
    if (++this.depth > DEEPEST) throw new LexerError('too many nested substitutions');
    try {
      const { text } = this.until(stop, rawEscapes);
      this.depth--;
      return text;
    } catch (error) {
      if (error instanceof LexerError && this.at >= this.input.length) throw new LexerError(missing);
      throw error;
    }
  }

  /** Letters, digits and `_`; digits alone where it starts with one; or one special character (`$@`). */
  private variableName(): string {
    this.nameAt.lastIndex = this.at;
    const name = this.nameAt.exec(this.input)?.[0] ?? '';
    this.at += name.length;
    return name;
  }

  private valueOf(name: string): string | undefined {
    const value = this.lookUp(name);
    (value === undefined ? this.unmatched : this.matched).add(name);
    return value;
  }
}
