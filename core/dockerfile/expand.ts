import { type LexedReference, type LexerOptions, ShellLexer } from './shell-lexer.ts';

/** Gives a variable's value; undefined where it is not set. */
export type LookUp = (name: string) => string | undefined;

/** What a word comes to. */
export interface Expansion {
  /** As a single word: white space stays. */
  readonly value: string;
  /** Split at white space outside quotes, after expansion: what EXPOSE reads. */
  readonly words: readonly string[];
  /** Names that had a value. */
  readonly matched: ReadonlySet<string>;
  /** Names that had none. */
  readonly unmatched: ReadonlySet<string>;
  /** Why it could not be expanded, in BuildKit's words (`failed to process …`); the value is '' then. */
  readonly problem?: string;
}

/** A word without a character that means something: no quote, no escape, no `$`, no `<`, no white space. */
const PLAIN = /^[!#%&(-;=-[\]-_a-~]+$/;
const NO_NAMES: ReadonlySet<string> = new Set();

/** Expands variables, quotes and escapes of a word as BuildKit's shell lexer does. */
export function expandWord(word: string, lookUp: LookUp, options: LexerOptions): Expansion {
  if (PLAIN.test(word)) return { value: word, words: [word], matched: NO_NAMES, unmatched: NO_NAMES };
  const lexer = new ShellLexer(word, lookUp, options);
  const result = lexer.run();
  const { matched, unmatched } = lexer;
  if ('problem' in result) {
    const problem = `failed to process ${JSON.stringify(word)}: ${result.problem}`;
    return { value: '', words: [], matched, unmatched, problem };
  }
  return { value: result.text, words: result.words.map(({ text }) => text), matched, unmatched };
}

/** Gives what refers to variables in a word, by offsets into it, outermost first; as far as the word can be read. */
export function referencesIn(word: string, options: LexerOptions): readonly LexedReference[] {
  if (!word.includes('$')) return [];
  const lexer = new ShellLexer(word, () => '', options);
  lexer.run();
  return lexer.references;
}
