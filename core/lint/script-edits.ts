import type { Range } from '../dockerfile/ast.ts';
import type { Fix, TextEdit } from './rule.ts';
import type { RunCommand, RunScript } from './run-scripts.ts';

/** Adds words behind one of a command's. */
export function insertWords(
  { run }: RunScript,
  command: RunCommand,
  after: number,
  words: readonly string[],
): TextEdit {
  const { end } = command.rangeOf(after, after);
  const isExec = run.command.form === 'exec';
  const newText = words.map((word) => (isExec ? `, ${JSON.stringify(word)}` : ` ${word}`)).join('');
  return { range: { start: end, end }, newText };
}

/** Puts another word in one's place. */
export function replaceWord({ run }: RunScript, command: RunCommand, index: number, word: string): TextEdit {
  return { range: command.rangeOf(index, index), newText: run.command.form === 'exec' ? JSON.stringify(word) : word };
}

/** Takes words away, each with the blanks before it where those are on its line. */
export function removeWords(command: RunCommand, indexes: readonly number[]): TextEdit[] {
  return indexes.map((index) => {
    const { end: before } = command.rangeOf(index - 1, index - 1);
    const own = command.rangeOf(index, index);
    return { range: before.line === own.start.line ? { start: before, end: own.end } : own, newText: '' };
  });
}

/** A fix that adds words behind the subcommand, the last of the words up to `after`. */
export function insertFix(script: RunScript, command: RunCommand, after: number, ...words: readonly string[]): Fix {
  return { title: `Add ${words.join(' ')}`, edits: [insertWords(script, command, after, words)] };
}

/** Adds a command at the end of a RUN in shell form, on a line of its own where the RUN has several; none where that cannot be. */
export function appendCommand(
  { run, shellForm, commands }: RunScript,
  lines: readonly string[],
  added: string,
  continuation: string,
): TextEdit[] {
  if (shellForm === undefined || !canFollow(shellForm.text, commands)) return [];
  const { start, end } = shellForm.range;
  const indent = /\n([ \t]+)&&/.exec(run.node.source)?.[1] ?? /^\s*/.exec(lines[end.line] ?? '')?.[0] ?? '';
  const separator = start.line === end.line ? ' ' : ` ${continuation}\n${indent || '  '}`;
  return [{ range: { start: end, end }, newText: `${separator}&& ${added}` }];
}

/** Whether a command can be added with `&&`: not behind an operator, a comment or what only looks like an end. */
function canFollow(script: string, commands: readonly RunCommand[]): boolean {
  return (
    commands.length > 0 && !/[;&|\\({]\s*$/.test(script) && !/(?:^|\s)#/.test(script) && !/[;&|]\s*&?$/.test(script)
  );
}

/** From the start of a command to one of its words. */
export function rangeTo(command: RunCommand, last: number): Range {
  return command.rangeOf(0, Math.min(last, command.words.length - 1));
}
