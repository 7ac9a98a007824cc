import type { Instruction, RunInstruction } from '../../../core/dockerfile/instructions.ts';
import { hasInnerComments, lineEnd, type Refactor, replaceInstructions } from './refactoring.ts';

/** Makes one RUN, and so one layer, of the selected ones, or of this one and the next. */
export const mergeRuns: Refactor = ({ reading, selection, instruction }) => {
  const stage = reading.stageAt(instruction.node.startLine);
  const at = stage?.instructions.indexOf(instruction) ?? -1;
  if (stage === undefined || at === -1) return [];
  const runs: RunInstruction[] = [];
  const lastLine = Math.max(selection.end.line, instruction.node.endLine + 1);
  for (const next of stage.instructions.slice(at)) {
    if (!isMergeable(next) || hasInnerComments(reading, next)) break;
    if (runs.length >= 2 && next.node.startLine > selection.end.line) break;
    const previous = runs.at(-1);
    if (previous !== undefined && (hasCommentAbove(next) || flagsOf(next) !== flagsOf(previous))) break;
    if (next.node.startLine > lastLine && runs.length >= 2) break;
    runs.push(next);
  }
  const [first] = runs;
  const last = runs.at(-1);
  if (first === undefined || last === undefined || runs.length < 2) return [];
  const separator = ` && ${reading.dockerfile.syntax.escape}\n    `;
  const commands = runs.map((run) => wrapped(reading.textIn(commandRange(run))));
  const flags = flagsOf(first);
  const newText = `${first.node.keyword.text} ${flags === '' ? '' : `${flags} `}${commands.join(separator)}`;
  return [
    {
      title: `Merge ${runs.length} RUN instructions`,
      kind: 'refactor.rewrite',
      edits: [replaceInstructions(first, last, newText.replaceAll('\n', lineEnd(reading)))],
    },
  ];
};

function isMergeable(instruction: Instruction): instruction is RunInstruction {
  return (
    instruction.kind === 'RUN' &&
    instruction.command.form === 'shell' &&
    instruction.node.heredocs.length === 0 &&
    instruction.command.text.text !== ''
  );
}

/** A comment would be lost. */
function hasCommentAbove({ node }: Instruction): boolean {
  return node.docComment.some(({ range }) => range.start.line === node.startLine - 1);
}

function flagsOf({ node }: Instruction): string {
  return node.flags.map(({ text }) => text).join(' ');
}

function commandRange({ node }: RunInstruction) {
  return node.rest?.range ?? node.keyword.range;
}

/** What `&&` would otherwise tear apart stays together. */
function wrapped(command: string): string {
  if (!/\|\||;|(?<!&)&(?!&)/.test(command)) return command;
  const body = command.replace(/;\s*$/, '');
  return /(?<!&)&\s*$/.test(body) ? `{ ${body} }` : `{ ${body}; }`;
}
