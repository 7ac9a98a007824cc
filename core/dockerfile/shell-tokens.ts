/** What a piece of a shell script is, as colours and names of variables need it. */
export type ShellTokenKind =
  | 'command'
  | 'keyword'
  | 'option'
  | 'string'
  | 'variable'
  | 'assignment'
  | 'operator'
  | 'comment';

/** By offsets into the script. */
export interface ShellToken {
  readonly kind: ShellTokenKind;
  readonly start: number;
  readonly end: number;
}

/** A variable that a script names, by the offsets of its name alone. */
export interface ShellVariable {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** A variable that a script refers to. */
export interface ShellReference extends ShellVariable {
  /** From `$` on, braces included; within the braces of another one its name alone. */
  readonly whole: { readonly start: number; readonly end: number };
  /** `:-`, `#`, …; '' without. */
  readonly modifier: string;
}

const KEYWORDS = new Set(
  'if then else elif fi for while until do done case esac select function in time { } ! [[ ]]'.split(' '),
);
/** Behind these a word stands, not a command. */
const TAKES_WORD = new Set(['case', 'function']);
/** Behind these the name of a variable stands. */
const TAKES_NAME = new Set(['for', 'select']);
/** Of these the words are names of variables, with values or without. */
const TAKE_NAMES = new Set('export local declare readonly typeset read unset'.split(' '));
const NAME = /^[A-Za-z_]\w*(?=\+?=|$)/;
const MAY_ASSIGN = new RegExp(`=|\\b(?:${[...TAKES_NAME, ...TAKE_NAMES].join('|')})\\s`);
const ASSIGNMENT = /^[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=/;
const OPERATOR = /[;&|()<>]/;
const WORD_END = /[\s;&|()<>'"`$]/;
const NAMED = /\$(?:\{[#!]?)?([A-Za-z_]\w*)/g;
/** Of a pattern so many characters are looked at at once. */
const LONGEST_WORD = 200;
/** A brace that is not closed within that many characters is taken as far as its name. */
const LONGEST_BRACE = 2_000;

/**
 * Splits a script into what an editor colours. It is no parser: words that are neither program, option nor keyword have
 * no token. Linear in the script's length, and never fails.
 */
export function shellTokens(script: string): ShellToken[] {
  return new Scanner(script).run();
}

/** The variables that a script refers to: not in single quotes, not escaped. */
export function shellVariables(script: string): ShellReference[] {
  if (!script.includes('$')) return [];
  return shellTokens(script)
    .filter(({ kind }) => kind === 'variable')
    .flatMap(({ start, end }) => variablesIn(script.slice(start, end), start));
}

/** The variables that a script gives a value, or takes one from: `NAME=…`, `for NAME`, `export NAME`, `read NAME`. */
export function shellAssignments(script: string): ShellVariable[] {
  if (!MAY_ASSIGN.test(script)) return [];
  return shellTokens(script)
    .filter(({ kind }) => kind === 'assignment')
    .map(({ start, end }) => {
      const name = /^\w*/.exec(script.slice(start, end))?.[0] ?? '';
      return { name, start, end: start + name.length };
    });
}

function variablesIn(text: string, offset: number): ShellReference[] {
  return [...text.matchAll(NAMED)].map((found) => {
    const [written, name = ''] = found;
    const at = offset + found.index;
    const [start, end] = [at + written.length - name.length, at + written.length];
    const rest = text.slice(end - offset);
    // The outermost has all of the token.
    const isOuter = found.index === 0;
    const close = isOuter ? offset + text.length : rest.startsWith('}') && written.startsWith('${') ? end + 1 : end;
    const modifier = isOuter ? (/^(?::?[-+?]|##?|%%?|\/\/?)/.exec(rest)?.[0] ?? '') : '';
    return { name, start, end, whole: { start: at, end: close }, modifier };
  });
}

interface Frame {
  /** What ends it: `)`, `` ` ``, `"`, or '' for the whole script. */
  readonly close: string;
  /** Whether the next word is a program. */
  command: boolean;
  /** What the other words of the command may be: names of variables, or only the next one is. */
  names?: 'all' | 'next' | undefined;
  /** Of each `case` that is not done, the innermost last: its word, a pattern or a command comes. */
  readonly cases: ('word' | 'pattern' | 'command')[];
}

class Scanner {
  private readonly tokens: ShellToken[] = [];
  private readonly frames: Frame[] = [{ close: '', command: true, cases: [] }];
  private at = 0;
  /** Of a string whose opening quote was read, and nothing else of it. */
  private quoteStart: number | undefined;

  constructor(private readonly script: string) {}

  run(): ShellToken[] {
    while (this.at < this.script.length) {
      const frame = this.frames.at(-1)!;
      if (frame.close === '"') this.readString();
      else this.readCommand(frame);
    }
    return this.tokens;
  }

  private add(kind: ShellTokenKind, start: number, end: number): void {
    if (end > start) this.tokens.push({ kind, start, end: Math.min(end, this.script.length) });
  }

  /** Up to the closing quote, or to what is expanded in it. */
  private readString(): void {
    const { script } = this;
    const start = this.quoteStart ?? this.at;
    this.quoteStart = undefined;
    while (this.at < script.length) {
      const char = script.charAt(this.at);
      if (char === '\\') this.at += 2;
      else if (char === '"') {
        this.add('string', start, ++this.at);
        this.close();
        return;
      } else if (char === '$' && /[\w{(@*#?$!-]/.test(script.charAt(this.at + 1))) {
        this.add('string', start, this.at);
        this.readDollar();
        return;
      } else if (char === '`') {
        this.add('string', start, this.at);
        this.open('`', this.at, ++this.at);
        return;
      } else this.at++;
    }
    this.add('string', start, script.length);
  }

  private open(close: string, start: number, end: number): void {
    this.add('operator', start, end);
    this.at = end;
    this.frames.push({ close, command: true, cases: [] });
  }

  private close(): void {
    if (this.frames.length > 1) this.frames.pop();
  }

  private readDollar(): void {
    const { script, at } = this;
    const next = script.charAt(at + 1);
    if (next === '(') this.open(')', at, at + 2);
    else if (next === '{') {
      const end = braceEnd(script, at + 2);
      this.add('variable', at, end);
      this.at = end;
    } else {
      const name = /[A-Za-z_]\w*|[\d@*#?$!-]/y;
      name.lastIndex = at + 1;
      const length = name.exec(script)?.[0].length ?? 0;
      if (length > 0) this.add('variable', at, at + 1 + length);
      this.at = at + 1 + length;
    }
    this.frames.at(-1)!.command &&= next === '(';
  }

  private readCommand(frame: Frame): void {
    const { script, at } = this;
    const char = script.charAt(at);
    if (frame.cases.at(-1) === 'pattern' && this.readPattern(frame)) return;
    if (char === frame.close) {
      this.add('operator', at, ++this.at);
      this.close();
      const outer = this.frames.at(-1)!;
      if (outer.close !== '"') outer.command = false;
    } else if (char === '\\' && /[\r\n]/.test(script.charAt(at + 1))) this.at += 2;
    else if (char === '\n') {
      frame.command = true;
      this.at++;
    } else if (/\s/.test(char)) this.at++;
    else if (char === '#' && this.startsWord()) {
      const end = script.indexOf('\n', at);
      this.at = end === -1 ? script.length : end;
      this.add('comment', at, this.at);
    } else if (char === "'") {
      const end = script.indexOf("'", at + 1);
      this.at = end === -1 ? script.length : end + 1;
      this.add('string', at, this.at);
      frame.command = false;
    } else if (char === '"') {
      frame.command = false;
      this.quoteStart = this.at++;
      this.frames.push({ close: '"', command: false, cases: [] });
    } else if (char === '$') this.readDollar();
    else if (char === '`') this.open('`', at, at + 1);
    else if (OPERATOR.test(char)) this.readOperator(frame);
    else this.readWord(frame);
  }

  /** Of a pattern of `case` a word or the `)` behind it; false where anything else stands. */
  private readPattern(frame: Frame): boolean {
    const { script, at } = this;
    const char = script.charAt(at);
    if (char === ')') {
      this.add('operator', at, ++this.at);
      frame.cases.splice(-1, 1, 'command');
      frame.command = true;
      return true;
    }
    const [word = ''] = /^[^\s;&|()<>'"`$#\\]+/.exec(script.slice(at, at + LONGEST_WORD)) ?? [];
    if (word === '') return false;
    this.at += word.length;
    if (word !== 'esac') return true;
    this.add('keyword', at, this.at);
    frame.cases.pop();
    frame.command = false;
    return true;
  }

  private startsWord(): boolean {
    return this.at === 0 || /[\s;&|()`]/.test(this.script.charAt(this.at - 1));
  }

  private readOperator(frame: Frame): void {
    const { script, at } = this;
    const char = script.charAt(at);
    if (char === '(') {
      this.open(')', at, at + 1);
      return;
    }
    const run = char === ')' ? /\)/y : /[<>]+&?-?|&>>?|&&|\|[|&]?|;;?&?|&/y;
    run.lastIndex = at;
    this.at += run.exec(script)?.[0].length ?? 1;
    this.add('operator', at, this.at);
    if (script.startsWith(';;', at) && frame.cases.length > 0) frame.cases.splice(-1, 1, 'pattern');
    // The word behind `<` is a file's name.
    if (/[<>]/.test(script.slice(at, this.at))) frame.names = undefined;
    else frame.command = true;
  }

  private readWord(frame: Frame): void {
    const { script, at } = this;
    const isStart = this.startsWord();
    let end = at;
    while (end < script.length && !WORD_END.test(script.charAt(end))) end += script.charAt(end) === '\\' ? 2 : 1;
    end = Math.min(end, script.length);
    this.at = end;
    if (!isStart) return;
    const word = script.slice(at, end);
    const { names } = frame;
    if (frame.command || names === 'next') frame.names = undefined;
    if (frame.command && KEYWORDS.has(word)) {
      this.add('keyword', at, end);
      if (word === 'case') frame.cases.push('word');
      if (word === 'esac') frame.cases.pop();
      const takesName = TAKES_NAME.has(word);
      frame.command = !takesName && !TAKES_WORD.has(word);
      if (takesName) frame.names = 'next';
    } else if (frame.command && ASSIGNMENT.test(word)) {
      this.add('assignment', at, at + word.indexOf('='));
    } else if (frame.command) {
      this.add('command', at, end);
      frame.command = false;
      if (TAKE_NAMES.has(word)) frame.names = 'all';
    } else if (names !== undefined && NAME.test(word)) {
      this.add('assignment', at, at + (NAME.exec(word)?.[0].length ?? 0));
    } else if (word === 'in' || word === ']]') {
      this.add('keyword', at, end);
      if (word === 'in' && frame.cases.at(-1) === 'word') frame.cases.splice(-1, 1, 'pattern');
    } else if (word.startsWith('-') && word.length > 1) this.add('option', at, end);
  }
}

/** Behind the `}` that closes what starts before `from`; behind the name where none does. */
function braceEnd(script: string, from: number): number {
  let depth = 1;
  const last = Math.min(script.length, from + LONGEST_BRACE);
  for (let at = from; at < last; at++) {
    const char = script.charAt(at);
    if (char === '\\') at++;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return at + 1;
  }
  const name = /[#!]?\w*/y;
  name.lastIndex = from;
  return from + (name.exec(script)?.[0].length ?? 0);
}
