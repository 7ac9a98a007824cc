import type { Position } from '../../../core/dockerfile/ast.ts';
import type { Instruction, InstructionOfKind } from '../../../core/dockerfile/instructions.ts';
import { execForm } from '../../../core/lint/exec-form.ts';
import { hasInnerComments, type Refactor, type Refactoring } from './refactoring.ts';

type WithCommand = InstructionOfKind<'RUN' | 'CMD' | 'ENTRYPOINT' | 'HEALTHCHECK'>;

/** Turns a command for the shell into the words of the exec form, and back. */
export const commandForm: Refactor = ({ reading, instruction }) => {
  if (!hasCommand(instruction) || instruction.node.heredocs.length > 0) return [];
  const { command, node } = instruction;
  if (command === undefined || hasInnerComments(reading, instruction)) return [];
  if (command.form === 'exec') {
    const [first] = command.words;
    const { rest } = node;
    if (first === undefined || rest === undefined) return [];
    const start = instruction.kind === 'HEALTHCHECK' ? bracket(first.range.start) : rest.range.start;
    const range = { start, end: rest.range.end };
    const newText = command.words.map(({ text }) => shellWord(text)).join(' ');
    return [{ title: 'Convert to shell form', kind: 'refactor.rewrite', edits: [{ range, newText }] }];
  }
  const { text } = command;
  if (text.text === '') return [];
  const words = execForm(text.text);
  const shell = JSON.stringify(['/bin/sh', '-c', text.text]);
  const list = (newText: string, title: string): Refactoring => ({
    title,
    kind: 'refactor.rewrite',
    edits: [{ range: text.range, newText }],
  });
  const array = words && `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
  return array === undefined
    ? [list(shell.replaceAll('","', '", "'), 'Convert to exec form through a shell')]
    : [list(array, 'Convert to exec form')];
};

function hasCommand(instruction: Instruction): instruction is WithCommand {
  return /^(?:RUN|CMD|ENTRYPOINT|HEALTHCHECK)$/.test(instruction.kind);
}

/** The `[` right before the first word of an array. */
function bracket({ line, character }: Position): Position {
  return { line, character: Math.max(0, character - 1) };
}

/** A word as a shell has to be given it. */
function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
