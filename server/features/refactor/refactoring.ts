import type { Range } from '../../../core/dockerfile/ast.ts';
import type { Instruction } from '../../../core/dockerfile/instructions.ts';
import type { TextEdit } from '../../../core/lint/lint.ts';
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

/** Replaces whole instructions, from the first one's keyword to the last one's end. */
export function replaceInstructions(first: Instruction, last: Instruction, newText: string): TextEdit {
  return { range: { start: first.node.keyword.range.start, end: last.node.range.end }, newText };
}

/** Whether comments stand among the lines of an instruction: joining them would lose those. */
export function hasInnerComments({ dockerfile }: Reading, { node }: Instruction): boolean {
  return dockerfile.syntax.comments.some(
    ({ range: { start } }) => start.line > node.startLine && start.line <= node.commandEndLine,
  );
}
