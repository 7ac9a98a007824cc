import type { Instruction, RunInstruction } from '../../../core/dockerfile/instructions.ts';
import { commandIndent } from '../../../core/lint/instruction-edits.ts';
import { isPosixShell } from '../../../core/lint/script-shell.ts';
import type { Reading } from '../../reading.ts';
import { hasInnerComments, lineEnd, type Refactor, replaceInstructions, shellOf } from './refactoring.ts';
import { type ShellList, shellList } from './shell-list.ts';

/** Makes one RUN, and so one layer, of the selected ones, or of this one and the next. */
export const mergeRuns: Refactor = ({ reading, selection, instruction }) => {
  const stage = reading.stageAt(instruction.node.startLine);
  const at = stage?.instructions.indexOf(instruction) ?? -1;
  if (stage === undefined || at === -1 || !isMergeable(instruction)) return [];
  const shell = shellOf(reading, instruction);
  if (!isPosixShell(shell)) return [];
  const runs: RunInstruction[] = [];
  const lastLine = Math.max(selection.end.line, instruction.node.endLine + 1);
  for (const next of stage.instructions.slice(at)) {
    if (!isMergeable(next) || hasInnerComments(reading, next)) break;
    if (runs.length >= 2 && next.node.startLine > selection.end.line) break;
    const previous = runs.at(-1);
    if (previous !== undefined) {
      const isApart = hasCommentBetween(reading, previous, next) || flagsOf(next) !== flagsOf(previous);
      if (isApart || !canGoOn(listOf(previous), shell)) break;
    }
    if (next.node.startLine > lastLine && runs.length >= 2) break;
    runs.push(next);
  }
  const [first] = runs;
  const last = runs.at(-1);
  if (first === undefined || last === undefined || runs.length < 2) return [];
  const indent = commandIndent(...runs.map(({ node }) => node));
  const separator = ` && ${reading.dockerfile.syntax.escape}\n${indent}`;
  const commands = runs.map((run) => wrapped(reading.textIn(commandRange(run)), listOf(run), run === last));
  const flags = flagsOf(first);
  const newText = `${first.node.keyword.text} ${flags === '' ? '' : `${flags} `}${commands.join(separator)}`;
  return [
    {
      title: `Merge ${runs.length} RUN instructions`,
      kind: 'refactor.rewrite',
      edits: [replaceInstructions(reading, first, last, newText.replaceAll('\n', lineEnd(reading)))],
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
function hasCommentBetween({ dockerfile }: Reading, above: Instruction, below: Instruction): boolean {
  return dockerfile.syntax.comments.some(
    ({ range: { start } }) => above.node.endLine < start.line && start.line < below.node.startLine,
  );
}

function flagsOf({ node }: Instruction): string {
  return node.flags.map(({ text }) => text).join(' ');
}

function commandRange({ node }: RunInstruction) {
  return node.rest?.range ?? node.keyword.range;
}

function listOf({ command }: RunInstruction): ShellList {
  return shellList(command.form === 'shell' ? command.text.text : '');
}

/** Whether `&&` behind a script means what the end of its RUN means. */
function canGoOn({ script, hasComment, isWhole, joints, nested }: ShellList, shell: readonly string[]): boolean {
  if (hasComment || !isWhole || script.endsWith('\\')) return false;
  // In front of `&&` no shell stops at what fails.
  const stops =
    /(?:^|\s)set\s+(?:-\w+\s+)*-(?:\w*e|o\s+errexit)/.test(script) || shell.some((word) => /^-\w*e/.test(word));
  return !stops || [...joints, ...nested].every((joint) => joint === '&&' || joint === '||');
}

/** What `&&` would otherwise tear apart stays together; what changes its shell does not do so for the commands below. */
function wrapped(command: string, { joints, changesShell }: ShellList, isLast: boolean): string {
  if (changesShell && !isLast) return `(${command.replace(/;\s*$/, '')})`;
  if (joints.every((joint) => joint === '&&')) return command;
  const body = command.replace(/;\s*$/, '');
  return joints.at(-1) === '&' && /&\s*$/.test(body) ? `{ ${body} }` : `{ ${body}; }`;
}
