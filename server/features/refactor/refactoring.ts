import type { Range } from '../../../core/dockerfile/ast.ts';
import type { Instruction } from '../../../core/dockerfile/instructions.ts';
import type { TextEdit } from '../../../core/lint/lint.ts';
import { ScriptShells } from '../../../core/lint/script-shell.ts';
import type { Reading } from '../../reading.ts';

/** A change that can be made where the cursor is. */
export interface Refactoring {
  readonly title: string;
  /** Below `refactor`: what the editor's menus sort by. */
  readonly kind: 'refactor.extract' | 'refactor.rewrite' | 'refactor.inline';
  readonly edits: readonly TextEdit[];
}

/** What is asked about. */
export interface RefactoringPlace {
  readonly reading: Reading;
  /** What is selected; start and end are the same where nothing is. */
  readonly selection: Range;
  readonly instruction: Instruction;
}

/** Makes what can be made of a place; nothing where the change does not apply. */
export type Refactor = (place: RefactoringPlace) => readonly Refactoring[];

/** The end of line that a text uses. */
export function lineEnd({ text }: Reading): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** Edits whose lines end as those of the text that they are for. */
export function withLineEnds(edits: readonly TextEdit[], end: string): TextEdit[] {
  return edits.map((edit) => ({ ...edit, newText: edit.newText.replace(/\r?\n/g, end) }));
}

/** Replaces whole instructions, from the first one's keyword to the end of the last one's line, blanks included. */
export function replaceInstructions(
  reading: Reading,
  first: Instruction,
  last: Instruction,
  newText: string,
): TextEdit {
  const { line } = last.node.range.end;
  return {
    range: { start: first.node.keyword.range.start, end: { line, character: reading.line(line).length } },
    newText,
  };
}

/** The words of the shell that gets an instruction's shell form. */
export function shellOf({ dockerfile }: Reading, instruction: Instruction): readonly string[] {
  const shells = new ScriptShells(dockerfile);
  let shell: readonly string[] = [];
  for (const each of dockerfile.instructions) {
    shell = shells.through(each);
    if (each === instruction) break;
  }
  return shell;
}

/** Whether comments stand among the lines of an instruction: joining them would lose those. */
export function hasInnerComments({ dockerfile }: Reading, { node }: Instruction): boolean {
  return dockerfile.syntax.comments.some(
    ({ range: { start } }) => start.line > node.startLine && start.line <= node.commandEndLine,
  );
}
