import type { Range, Token } from '../../../core/dockerfile/ast.ts';
import type { Instruction, InstructionOfKind } from '../../../core/dockerfile/instructions.ts';
import { execForm } from '../../../core/lint/exec-form.ts';
import { isPosixShell } from '../../../core/lint/script-shell.ts';
import type { Reading } from '../../reading.ts';
import { hasInnerComments, type Refactor, type Refactoring, shellOf } from './refactoring.ts';
import { joinedLines, shellList } from './shell-list.ts';

type WithCommand = InstructionOfKind<'RUN' | 'CMD' | 'ENTRYPOINT' | 'HEALTHCHECK'>;

/** Turns a command for the shell into the words of the exec form, and back. */
export const commandForm: Refactor = ({ reading, instruction }) => {
  if (!hasCommand(instruction) || instruction.node.heredocs.length > 0) return [];
  const { command } = instruction;
  if (command === undefined || hasInnerComments(reading, instruction)) return [];
  const shell = shellOf(reading, instruction);
  const rewritten = (title: string, range: Range, newText: string): Refactoring[] => [
    { title, kind: 'refactor.rewrite', edits: [{ range, newText }] },
  ];
  if (command.form === 'exec') {
    const range = arrayRange(reading, instruction, command.words);
    const newText = isPairedCommand(reading, instruction) ? undefined : shellForm(command.words, shell);
    return range === undefined || newText === undefined ? [] : rewritten('Convert to shell form', range, newText);
  }
  const { text, range } = command.text;
  if (text === '') return [];
  const words = isPosixShell(shell) ? execForm(text) : undefined;
  if (words !== undefined) return rewritten('Convert to exec form', range, jsonArray(words));
  // A comment that names a shell says nothing of its options.
  if (shell.length < 2) return [];
  const list = shellList(text);
  const script =
    isPosixShell(shell) && !list.hasComment
      ? joinedLines(command.text, list, { start: 0, end: text.length, by: ' ' })
      : text;
  return rewritten('Convert to exec form through a shell', range, jsonArray([...shell, script]));
};

function hasCommand(instruction: Instruction): instruction is WithCommand {
  return /^(?:RUN|CMD|ENTRYPOINT|HEALTHCHECK)$/.test(instruction.kind);
}

/** Whether CMD and ENTRYPOINT of a stage make one command, which they do in exec form alone. */
function isPairedCommand(reading: Reading, { kind, node }: WithCommand): boolean {
  const other = { CMD: 'ENTRYPOINT', ENTRYPOINT: 'CMD', RUN: '', HEALTHCHECK: '' }[kind];
  return reading.stageAt(node.startLine)?.instructions.some((each) => each.kind === other) === true;
}

/** From `[` to `]`. */
function arrayRange(reading: Reading, { kind, node }: WithCommand, [first]: readonly Token[]): Range | undefined {
  if (first === undefined || node.rest === undefined) return undefined;
  if (kind !== 'HEALTHCHECK') return node.rest.range;
  const { line, character } = first.range.start;
  const before = reading.line(line).slice(0, character).trimEnd();
  if (!before.endsWith('[')) return undefined;
  return { start: { line, character: before.length - 1 }, end: node.rest.range.end };
}

/** What has a shell run these words; undefined where they are only options of another command, or no line can hold them. */
function shellForm(words: readonly Token[], shell: readonly string[]): string | undefined {
  const texts = words.map(({ text }) => text);
  if (texts.some((text) => /[\0-\x1f]/.test(text)) || !isPosixShell(shell)) return undefined;
  const script = texts.at(-1) ?? '';
  const isOfShell = texts.length === shell.length + 1 && shell.every((word, index) => word === texts[index]);
  if (isOfShell && /^[^\s[#-].*[^\s\\`]$/.test(script) && !script.includes('<<')) return script;
  const [first = ''] = texts;
  return first === '' || first.startsWith('-') || first.includes('=') ? undefined : texts.map(shellWord).join(' ');
}

/** A word as a shell has to be given it. */
function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function jsonArray(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
}
