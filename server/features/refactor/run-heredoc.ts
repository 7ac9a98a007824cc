import { shellTokens } from '../../../core/dockerfile/shell-tokens.ts';
import { hasInnerComments, lineEnd, type Refactor, replaceInstructions } from './refactoring.ts';

/** Writes `RUN a && b` as a heredoc, a command a line. */
export const runToHeredoc: Refactor = ({ reading, instruction }) => {
  if (instruction.kind !== 'RUN' || instruction.command.form !== 'shell' || instruction.node.heredocs.length > 0)
    return [];
  if (hasInnerComments(reading, instruction)) return [];
  const commands = commandsOf(instruction.command.text.text);
  if (commands === undefined || commands.length < 2) return [];
  const end = lineEnd(reading);
  const { keyword, flags } = instruction.node;
  const head = [keyword.text, ...flags.map(({ range }) => reading.textIn(range)), '<<EOF'].join(' ');
  const newText = [head, 'set -e', ...commands, 'EOF'].join(end);
  return [
    {
      title: 'Write as a heredoc',
      kind: 'refactor.rewrite',
      edits: [replaceInstructions(instruction, instruction, newText)],
    },
  ];
};

/** The commands that `&&` joins at the top; undefined where anything else does, or a line would mean something else. */
function commandsOf(script: string): string[] | undefined {
  const commands: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { kind, start: from, end } of shellTokens(script)) {
    const text = script.slice(from, end);
    if (kind === 'comment') return undefined;
    if (kind === 'keyword' && text !== '!' && text !== 'time') return undefined;
    if (kind !== 'operator') continue;
    if (text === '(' || text === '$(') depth++;
    else if (text === ')') depth--;
    else if (depth > 0) continue;
    else if (text === '&&') {
      commands.push(script.slice(start, from).trim());
      start = end;
    } else if (/^(?:\|\||;+|&)$/.test(text)) return undefined;
  }
  commands.push(script.slice(start).trim());
  // `set -e` does not look at what `!` turns around.
  const isPlain = commands.every((command) => command !== '' && command !== 'EOF' && !command.startsWith('!'));
  return isPlain && depth === 0 ? commands.map((command) => command.replace(/[ \t]{2,}/g, ' ')) : undefined;
}
