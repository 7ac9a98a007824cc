import type { InstructionNode } from '../../dockerfile/ast.ts';
import type { Expansion } from '../../dockerfile/expand.ts';
import type { Step } from '../stage-steps.ts';

/** Whether two instructions are written the same, with the same comment above, wherever they stand. */
export function sameWriting(a: InstructionNode, b: InstructionNode): boolean {
  if (a === b) return true;
  return (
    a.source === b.source &&
    a.docComment.length === b.docComment.length &&
    a.docComment.every(({ text, range }, index) => {
      const other = b.docComment[index]!;
      return (
        text === other.text &&
        range.start.line - a.startLine === other.range.start.line - b.startLine &&
        range.start.character === other.range.start.character &&
        range.end.character === other.range.end.character
      );
    })
  );
}

/** Whether the words of the same instruction come to the same, and the same is in force above it. */
export function sameStep(a: Step | undefined, b: Step | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return (
    a.shellSet === b.shellSet &&
    a.workdirSet === b.workdirSet &&
    a.os === b.os &&
    a.baseKnown === b.baseKnown &&
    a.words.length === b.words.length &&
    a.words.every(({ expansion }, index) => sameExpansion(expansion, b.words[index]!.expansion)) &&
    a.missing.length === b.missing.length &&
    a.missing.every(({ name, suggestion }, index) => {
      const other = b.missing[index]!;
      return name === other.name && suggestion === other.suggestion;
    })
  );
}

function sameExpansion(a: Expansion, b: Expansion): boolean {
  return (
    a === b ||
    (a.value === b.value &&
      a.problem === b.problem &&
      sameList(a.words, b.words) &&
      sameList([...a.matched], [...b.matched]) &&
      sameList([...a.unmatched], [...b.unmatched]))
  );
}

/** Whether two lists hold the same. */
export function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((word, index) => word === b[index]));
}
