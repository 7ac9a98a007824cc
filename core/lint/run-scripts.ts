import type { Heredoc, Range, Token } from '../dockerfile/ast.ts';
import { heredocToken } from '../dockerfile/heredoc-token.ts';
import type { Instruction, RunInstruction } from '../dockerfile/instructions.ts';
import { rangeIn } from '../dockerfile/joined-line.ts';
import type { Dockerfile } from '../dockerfile/stages.ts';
import type { ShellCommand, ShellReader } from '../shell/shell-script.ts';
import { programName } from '../shell/wrapped-command.ts';
import { isPosixShell, scriptShells } from './script-shell.ts';

/** A command of a RUN. */
export interface RunCommand {
  readonly program: string;
  readonly words: readonly string[];
  /** `NAME=value` before the program. */
  readonly assignments: readonly string[];
  /** Whether another command of the list starts it, such as sudo. */
  readonly wrapped: boolean;
  /** Where its words stand, from one to another, by index. */
  readonly rangeOf: (first: number, last: number) => Range;
}

/** A RUN, also one behind ONBUILD. */
export interface RunScript {
  readonly run: RunInstruction;
  /** The instruction that stands in the file: the RUN or its ONBUILD. */
  readonly outer: Instruction;
  /** Index of its stage; -1 above the first FROM. */
  readonly stage: number;
  readonly commands: readonly RunCommand[];
  /** Where the first pipe between two commands stands. */
  readonly pipe?: Range;
  /** The words of the shell that reads it: `/bin/sh -c`. */
  readonly shell: readonly string[];
  /** Its only script, where more commands can be added at the end of it. */
  readonly shellForm?: Token;
}

type ReadScript = Pick<RunScript, 'commands' | 'pipe' | 'shellForm'>;

/** What RUNs of earlier versions run, by the reader that read them. */
export type ScriptMemory = WeakMap<
  RunInstruction,
  { readonly reader: ShellReader | undefined; readonly read: ReadScript }
>;

/**
 * Reads what every RUN of a Dockerfile runs, as far as a shell of Unix reads it; without a reader of shells only exec forms.
 * With a memory a RUN that was read before is not read again.
 */
export function runScripts(
  dockerfile: Dockerfile,
  reader: ShellReader | undefined,
  memory?: ScriptMemory,
): RunScript[] {
  const shells = scriptShells(dockerfile);
  const scripts: RunScript[] = [];
  let stage = -1;
  for (const outer of dockerfile.instructions) {
    if (outer.kind === 'FROM') stage++;
    const run = outer.kind === 'ONBUILD' ? outer.trigger : outer;
    if (run?.kind !== 'RUN') continue;
    const shell = shells.get(outer) ?? [];
    scripts.push({ run, outer, stage, shell, ...remembered(run, isPosixShell(shell) ? reader : undefined, memory) });
  }
  return scripts;
}

function remembered(
  run: RunInstruction,
  reader: ShellReader | undefined,
  memory: ScriptMemory | undefined,
): ReadScript {
  const known = memory?.get(run);
  if (known !== undefined && known.reader === reader) return known.read;
  const result = read(run, reader);
  memory?.set(run, { reader, read: result });
  return result;
}

function read(run: RunInstruction, reader: ShellReader | undefined): ReadScript {
  const { command, node } = run;
  if (command.form === 'exec') return { commands: execCommand(command.words) };
  if (reader === undefined) return { commands: [] };
  const { text } = command;
  const parts = [text, ...node.heredocs.filter((heredoc) => isScript(heredoc, text.text)).map(heredocToken)];
  const commands: RunCommand[] = [];
  let pipe: Range | undefined;
  for (const part of parts) {
    const script = reader.read(part.text);
    for (const each of script.commands) commands.push(toCommand(each, part));
    if (script.pipe !== undefined) pipe ??= rangeIn(part, script.pipe, script.pipe + 1);
  }
  return { commands, ...(pipe && { pipe }), ...(node.heredocs.length === 0 && { shellForm: text }) };
}

function toCommand({ words, assignments, wrapped }: ShellCommand, token: Token): RunCommand {
  return {
    program: programName(words[0]?.text ?? ''),
    words: words.map(({ text }) => text),
    assignments: assignments.map(({ text }) => text),
    wrapped,
    rangeOf: (first, last) => rangeIn(token, words[first]?.start ?? 0, words[last]?.end ?? 0),
  };
}

function execCommand(words: readonly Token[]): RunCommand[] {
  const [first] = words;
  if (first === undefined) return [];
  const rangeOf = (from: number, to: number): Range => ({
    start: (words[from] ?? first).range.start,
    end: (words[to] ?? first).range.end,
  });
  const texts = words.map(({ text }) => text);
  return [{ program: programName(first.text), words: texts, assignments: [], wrapped: false, rangeOf }];
}

/** Whether a heredoc is read by a shell: alone on the line, without another interpreter, or given to a shell. */
export function isScript({ content }: Heredoc, command: string): boolean {
  if (content.startsWith('#!')) return /^#!.*\b(?:ba|da|k|z)?sh\b/.test(content);
  return /^(?:(?:\S*\/)?(?:ba|da|k|z)?sh(?:\s+-\w+)*\s+)?\d*<<-?\s*\S+$/.test(command.trim());
}
