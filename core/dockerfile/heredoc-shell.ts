import type { Heredoc } from './ast.ts';
import type { Instruction } from './instructions.ts';

const SHELL = String.raw`(?:\S*/)?((?:ba|da|a|k|z)?sh)(?:\s+(?:-\w*o\s+\w+|--?\w[\w-]*))*`;
const MARKER = String.raw`\d*<<-?\s*\S+`;
/** `<<EOF`, `A=1 bash -eo pipefail <<EOF`, `<<EOF bash`. */
const COMMAND = new RegExp(String.raw`^(?:(?:(?:env\s+)?(?:\w+=\S*\s+)*${SHELL}\s+)?${MARKER}|${MARKER}\s+${SHELL})$`);
const SHEBANG = /^#!.*\b((?:ba|da|a|k|z)?sh)\b/;

/**
 * The name of the shell that reads a heredoc of a RUN as its script, '' for the one that reads the RUN; undefined where a
 * heredoc is for another program. `command`: the line of the RUN without the heredocs.
 */
export function heredocShell({ content }: Heredoc, command: string): string | undefined {
  const found = COMMAND.exec(command.trim());
  if (found === null) return undefined;
  const named = found[1] ?? found[2];
  if (named !== undefined) return named;
  // Nothing but the heredoc: BuildKit runs it as a file.
  return content.startsWith('#!') ? SHEBANG.exec(content)?.[1] : '';
}

/** Whether a shell reads a heredoc, of whatever instruction. */
export function isForShell(heredoc: Heredoc, instruction: Instruction): boolean {
  const command = instruction.kind === 'RUN' ? instruction.command : undefined;
  return command?.form === 'shell' && heredocShell(heredoc, command.text.text) !== undefined;
}
