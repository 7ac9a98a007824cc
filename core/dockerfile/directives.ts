import type { Directive, Problem } from './ast.ts';
import { lineRange, type SourceLine } from './source-lines.ts';
import { skipSpace } from './white-space.ts';

const KEY = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=/;
const NAMES: readonly string[] = ['escape', 'syntax', 'check'] satisfies Directive['name'][];

/** Reads directives line by line from the head of a file, until the first line that is none. */
export class DirectiveReader {
  readonly directives: Directive[] = [];
  readonly problems: Problem[] = [];
  escape: '\\' | '`' = '\\';
  private done = false;

  /** `known`: the escape character that was read above, where the text begins behind that. */
  constructor(
    private readonly text: string,
    known?: '\\' | '`',
  ) {
    if (known === undefined) return;
    this.escape = known;
    this.done = true;
  }

  /** Says whether the line is a directive. `start` is the line's first character that is no white space. */
  read(line: SourceLine, number: number, start: number): boolean {
    if (this.done) return false;
    const directive = this.parse(line, number, start);
    if (directive === undefined) {
      this.done = true;
      return false;
    }
    const { name, value, range } = directive;
    if (this.directives.some((other) => other.name === name)) {
      const message = `only one ${name} parser directive can be used`;
      this.problems.push({ code: 'directive-duplicate', message, range, severity: 'error' });
      return true;
    }
    this.directives.push(directive);
    if (name === 'escape') this.setEscape(value.text, value.range);
    return true;
  }

  private setEscape(value: string, range: Directive['range']): void {
    if (value === '\\' || value === '`') this.escape = value;
    else {
      const message = `invalid escape token '${value}' does not match \` or \\`;
      this.problems.push({ code: 'escape-invalid', message, range, severity: 'error' });
    }
  }

  private parse(line: SourceLine, number: number, start: number): Directive | undefined {
    if (this.text.charAt(start) !== '#') return undefined;
    const keyStart = skipSpace(this.text, start + 1, line.end);
    const match = KEY.exec(this.text.slice(keyStart, Math.min(line.end, keyStart + LONGEST_KEY)));
    const key = match?.[1];
    if (match === null || key === undefined) return undefined;
    const name = key.toLowerCase();
    if (!isDirectiveName(name)) return undefined;
    const value = this.valueRange(keyStart + match[0].length, line.end);
    if (value === undefined) return undefined;
    const token = (from: number, to: number) => ({
      text: this.text.slice(from, to),
      range: lineRange(line, number, from, to),
    });
    return {
      name,
      key: token(keyStart, keyStart + key.length),
      value: token(...value),
      range: lineRange(line, number, start, line.end),
    };
  }

  /** Nothing but white space counts as its last character. */
  private valueRange(from: number, to: number): [number, number] | undefined {
    let start = from;
    while (start < to && isRegexpSpace(this.text.charAt(start))) start++;
    if (start === to) return from === to ? undefined : [to - 1, to];
    let end = to;
    while (isRegexpSpace(this.text.charAt(end - 1))) end--;
    return [start, end];
  }
}

const LONGEST_KEY = 1024;

function isDirectiveName(name: string): name is Directive['name'] {
  return NAMES.includes(name);
}

/** White space of Go's regular expressions. */
function isRegexpSpace(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\f' || char === '\r';
}
