import type { RunCommand } from './run-scripts.ts';

/** A word of a command and its index. */
export interface IndexedWord {
  readonly text: string;
  readonly index: number;
}

/** The flags of a command: long ones without dashes and value, short ones letter by letter. */
export function flagsOf({ words }: RunCommand): IndexedWord[] {
  const flags: IndexedWord[] = [];
  for (let index = 1; index < words.length; index++) {
    const word = words[index]!;
    if (word.startsWith('--')) {
      if (word !== '--') flags.push({ text: word.slice(2).split('=', 1)[0] ?? '', index });
    } else if (word.startsWith('-')) for (const text of word.slice(1)) flags.push({ text, index });
  }
  return flags;
}

/** Whether a command has one of some flags, named without dashes. */
export function hasFlag(command: RunCommand, ...names: readonly string[]): boolean {
  return flagsOf(command).some(({ text }) => names.includes(text));
}

/** Whether one of some words is among a command's arguments, as it is. */
export function hasWord({ words }: RunCommand, ...texts: readonly string[]): boolean {
  return words.some((word, index) => index > 0 && texts.includes(word));
}

/** Arguments that are no flags, nor values of those flags that are named as taking one. */
export function operands(command: RunCommand, valued: readonly string[] = []): IndexedWord[] {
  const { words } = command;
  const values = new Set<number>();
  for (const { text, index } of flagsOf(command)) {
    if (valued.includes(text) && !words[index]?.includes('=')) values.add(index + 1);
  }
  return words
    .map((text, index) => ({ text, index }))
    .filter(({ text, index }) => index > 0 && (!text.startsWith('-') || text === '-') && !values.has(index));
}

/** What stands behind the words of a subcommand: of `apt-get install a b`, a and b; undefined where it is another one. */
export function operandsOf(
  command: RunCommand,
  subcommands: readonly string[],
  valued: readonly string[] = [],
): IndexedWord[] | undefined {
  if (!hasWord(command, ...subcommands)) return undefined;
  return operands(command, valued).filter(({ text }) => !subcommands.includes(text));
}

/** The values of a flag that stand in a word of their own or behind `=`. */
export function flagValues(command: RunCommand, ...names: readonly string[]): string[] {
  return flagsOf(command)
    .filter(({ text }) => names.includes(text))
    .flatMap(({ index }) => {
      const word = command.words[index] ?? '';
      const at = word.indexOf('=');
      const value = at === -1 ? command.words[index + 1] : word.slice(at + 1);
      return value === undefined ? [] : [value];
    });
}
