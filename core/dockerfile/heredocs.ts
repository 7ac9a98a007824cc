import type { ReadNode } from './instruction-node.ts';
import { type LexedWord, type LexerOptions, ShellLexer } from './shell-lexer.ts';

/** A `<<NAME` on an instruction's line. */
export interface HeredocMarker {
  readonly name: string;
  readonly expand: boolean;
  readonly chomp: boolean;
  /** 0 where none is written. */
  readonly fileDescriptor: number;
  /** Offsets in the text that was searched. */
  readonly start: number;
  readonly end: number;
}

const MARKER = /^(\d*)<<(-?)([^<]*)$/;
const COOKED = { escape: '\\', keepUnset: true } satisfies LexerOptions;
const QUOTED = { ...COOKED, rawQuotes: true } satisfies LexerOptions;
const RAW = { ...QUOTED, rawEscapes: true } satisfies LexerOptions;

/** Whether a heredoc may follow: of RUN, COPY and ADD, also behind ONBUILD, unless the arguments are a JSON array. */
export function canHaveHeredocs({ name, json, trigger }: ReadNode): boolean {
  if (trigger !== undefined)
    return canHaveHeredocs({ ...trigger, name: trigger.name === 'ONBUILD' ? '' : trigger.name });
  return !json && (name === 'RUN' || name === 'COPY' || name === 'ADD');
}

/** Finds the heredocs that an instruction's line announces, in order; none where its quotes are not closed. */
export function findHeredocs(line: string): HeredocMarker[] {
  const found: HeredocMarker[] = [];
  for (const word of wordsOf(line, RAW)) {
    const heredoc = parseHeredoc(word.text);
    if (heredoc !== undefined) found.push({ ...heredoc, start: word.start, end: word.end });
  }
  return found;
}

/** Reads `<<NAME`, `<<-"NAME"` or `3<<NAME`; undefined for any other word. */
export function parseHeredoc(word: string): Omit<HeredocMarker, 'start' | 'end'> | undefined {
  const [, descriptor = '', dash, rest = ''] = MARKER.exec(word) ?? [];
  if (rest === '') return undefined;
  const [name, more] = wordsOf(rest, COOKED);
  const [quoted] = wordsOf(rest, QUOTED);
  if (name === undefined || more !== undefined) return undefined;
  return {
    name: name.text,
    expand: name.text === quoted?.text,
    chomp: dash === '-',
    fileDescriptor: Number(descriptor),
  };
}

function wordsOf(text: string, options: LexerOptions): readonly LexedWord[] {
  const result = new ShellLexer(text, () => undefined, options).run();
  return 'problem' in result ? [] : result.words;
}
