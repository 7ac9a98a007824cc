import type { Heredoc, Range, Token } from '../dockerfile/ast.ts';
import { heredocToken } from '../dockerfile/heredoc-token.ts';
import type { Instruction, RunInstruction } from '../dockerfile/instructions.ts';
import { rangeIn } from '../dockerfile/joined-line.ts';
import type { Dockerfile, Stage } from '../dockerfile/stages.ts';
import { type ShellCommand, shellCommands } from './shell-commands.ts';

/** A command of a RUN. */
export interface RunCommand {
  readonly program: string;
  readonly words: readonly string[];
  /** Where its words stand, from one to another, by index. */
  readonly rangeOf: (first: number, last: number) => Range;
}

/** A RUN, also one behind ONBUILD. */
export interface RunScript {
  readonly run: RunInstruction;
  /** The instruction that stands in the stage: the RUN or its ONBUILD. */
  readonly outer: Instruction;
  readonly stage: Stage;
  readonly commands: readonly RunCommand[];
  /** Its only script, where more commands can be added at the end of it. */
  readonly shellForm?: Token;
}

/** Reads what every RUN of a Dockerfile runs, as far as a shell of Unix reads it. */
export function runScripts({ stages }: Dockerfile): RunScript[] {
  return stages.flatMap((stage) =>
    stage.instructions.flatMap((outer) => {
      const run = outer.kind === 'ONBUILD' ? outer.trigger : outer;
      return run?.kind === 'RUN' ? [toScript(run, outer, stage)] : [];
    }),
  );
}

function toScript(run: RunInstruction, outer: Instruction, stage: Stage): RunScript {
  const { command } = run;
  if (command.form === 'exec') return { run, outer, stage, commands: execCommand(command.words) };
  const { text } = command;
  const heredocs = run.node.heredocs.filter((heredoc) => isScript(heredoc, text.text));
  const commands = [
    ...shellCommands(text.text).map((words) => toCommand(words, (start, end) => rangeIn(text, start, end))),
    ...heredocs.flatMap(heredocCommands),
  ];
  return { run, outer, stage, commands, ...(run.node.heredocs.length === 0 && { shellForm: text }) };
}

function toCommand(words: ShellCommand, rangeAt: (start: number, end: number) => Range): RunCommand {
  return {
    program: programName(words[0]?.text ?? ''),
    words: words.map(({ text }) => text),
    rangeOf: (first, last) => rangeAt(words[first]?.start ?? 0, words[last]?.end ?? 0),
  };
}

function execCommand(words: readonly Token[]): RunCommand[] {
  const [first] = words;
  if (first === undefined) return [];
  const rangeOf = (from: number, to: number): Range => ({
    start: (words[from] ?? first).range.start,
    end: (words[to] ?? first).range.end,
  });
  return [{ program: programName(first.text), words: words.map(({ text }) => text), rangeOf }];
}

/** Whether a heredoc is read by a shell: alone on the line, without another interpreter, or given to a shell. */
function isScript({ content }: Heredoc, command: string): boolean {
  if (content.startsWith('#!')) return /^#!.*\b(?:ba|da|k|z)?sh\b/.test(content);
  return /^(?:(?:\S*\/)?(?:ba|da|k|z)?sh(?:\s+-\w+)*\s+)?\d*<<-?\s*\S+$/.test(command.trim());
}

function heredocCommands(heredoc: Heredoc): RunCommand[] {
  const token = heredocToken(heredoc);
  return shellCommands(heredoc.content).map((words) => toCommand(words, (start, end) => rangeIn(token, start, end)));
}

function programName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
