import type { Token } from '../../../core/dockerfile/ast.ts';
import { isPosixShell } from '../../../core/lint/script-shell.ts';
import { hasInnerComments, type Refactor, replaceInstructions, shellOf } from './refactoring.ts';
import { joinedLines, shellList } from './shell-list.ts';

/** Writes `RUN a && b` as a heredoc, a command a line. */
export const runToHeredoc: Refactor = ({ reading, instruction }) => {
  if (instruction.kind !== 'RUN' || instruction.command.form !== 'shell' || instruction.node.heredocs.length > 0)
    return [];
  // The shell would get the carriage return of every line.
  if (reading.text.includes('\r')) return [];
  if (hasInnerComments(reading, instruction) || !isPosixShell(shellOf(reading, instruction))) return [];
  const commands = commandsOf(instruction.command.text);
  if (commands === undefined || commands.length < 2) return [];
  const { keyword, flags } = instruction.node;
  const head = [keyword.text, ...flags.map(({ range }) => reading.textIn(range)), '<<EOF'].join(' ');
  const stops = /^set\s+-[a-z]*e/.test(commands[0] ?? '') ? [] : ['set -e'];
  const lines = [head, ...stops, ...commands, 'EOF'];
  return [
    {
      title: 'Write as a heredoc',
      kind: 'refactor.rewrite',
      edits: [replaceInstructions(reading, instruction, instruction, lines.join('\n'))],
    },
  ];
};

/** The commands that `&&` joins at the top; undefined where anything else does, or a line would mean something else. */
function commandsOf(text: Token): string[] | undefined {
  const list = shellList(text.text);
  if (list.hasComment || list.hasKeywords || !list.isWhole) return undefined;
  if (list.joints.length !== list.commands.length - 1 || list.joints.some((joint) => joint !== '&&')) return undefined;
  // `set -e` would count in there, too, where it did not stand in front of `&&`.
  if (list.nested.some((joint) => joint !== '&&' && joint !== '||')) return undefined;
  const commands = list.commands.map(({ start, end }) => joinedLines(text, list, { start, end, by: ' \\\n    ' }));
  const isPlain = commands.every((command) => command !== '' && !/^set\s+\+|^EOF$/m.test(command));
  return isPlain ? commands : undefined;
}
