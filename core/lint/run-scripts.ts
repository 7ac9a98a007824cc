import type { Range, Token } from '../dockerfile/ast.ts';
import { heredocShell } from '../dockerfile/heredoc-shell.ts';
import { heredocToken } from '../dockerfile/heredoc-token.ts';
import type { Instruction, RunInstruction } from '../dockerfile/instructions.ts';
import { rangeIn } from '../dockerfile/joined-line.ts';
import { once } from '../dockerfile/once.ts';
import type { Dockerfile, Stage } from '../dockerfile/stages.ts';
import type { ShellCommand, ShellReader } from '../shell/shell-script.ts';
import { programName } from '../shell/wrapped-command.ts';
import { isPosixShell, ScriptShells } from './script-shell.ts';

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
  readonly pipe: Range | undefined;
  /** The words of the shell that reads it: `/bin/sh -c`. */
  readonly shell: readonly string[];
  /** Its only script, where more commands can be added at the end of it. */
  readonly shellForm: Token | undefined;
}

type ReadScript = Pick<RunScript, 'commands' | 'pipe' | 'shellForm'>;

/** What a RUN runs is read when the first rule asks for it: with those off that would, never. */
class PlacedScript implements RunScript {
  constructor(
    readonly run: RunInstruction,
    readonly outer: Instruction,
    readonly stage: number,
    readonly shell: readonly string[],
    private readonly read: () => ReadScript,
  ) {}

  get commands(): readonly RunCommand[] {
    return this.read().commands;
  }

  get pipe(): Range | undefined {
    return this.read().pipe;
  }

  get shellForm(): Token | undefined {
    return this.read().shellForm;
  }
}

/** The scripts of one stage, and what they hang on beside it. */
interface StageScripts {
  readonly scripts: readonly RunScript[];
  readonly before: readonly string[];
  readonly left: readonly string[];
}

/** What was read of one version, so that the next one reads what changed. The reader of shells must be the same. */
export class ScriptMemory {
  private readonly runs = new WeakMap<RunInstruction, { readonly isPosix: boolean; readonly read: () => ReadScript }>();
  private last = new Map<Stage, StageScripts>();
  private next = new Map<Stage, StageScripts>();

  stage(stage: Stage): StageScripts | undefined {
    return this.last.get(stage);
  }

  keep(stage: Stage, scripts: StageScripts): void {
    this.next.set(stage, scripts);
  }

  /** After the last stage of a version. */
  turn(): void {
    this.last = this.next;
    this.next = new Map();
  }

  /** What a RUN runs, read at most once, and when somebody asks. */
  of(run: RunInstruction, isPosix: boolean, read: () => ReadScript): () => ReadScript {
    const known = this.runs.get(run);
    if (known?.isPosix === isPosix) return known.read;
    const result = once(read);
    this.runs.set(run, { isPosix, read: result });
    return result;
  }
}

/**
 * Reads what every RUN of a Dockerfile runs, as far as a shell of Unix reads it; without a reader of shells only exec forms.
 * Gives a list for what stands above the first FROM, and one for each stage: the very same one where nothing changed for it.
 */
export function runScripts(
  dockerfile: Dockerfile,
  reader: ShellReader | undefined,
  memory = new ScriptMemory(),
): readonly (readonly RunScript[])[] {
  const shells = new ScriptShells(dockerfile);
  const scriptsOf = (instructions: readonly Instruction[], stage: number): RunScript[] =>
    instructions.flatMap((outer) => {
      const shell = shells.through(outer);
      const run = outer.kind === 'ONBUILD' ? outer.trigger : outer;
      if (run?.kind !== 'RUN') return [];
      const isPosix = isPosixShell(shell);
      const script = memory.of(run, isPosix, () => read(run, isPosix ? reader : undefined));
      return [new PlacedScript(run, outer, stage, shell, script)];
    });
  const lists: (readonly RunScript[])[] = [scriptsOf(dockerfile.above, -1)];
  for (const stage of dockerfile.stages) {
    const before = shells.before(stage);
    let known = shells.inComments ? undefined : memory.stage(stage);
    if (known !== undefined && sameWords(known.before, before)) shells.over(stage, known.left);
    else {
      const scripts = scriptsOf([stage.from, ...stage.instructions], stage.index);
      known = { scripts, before, left: shells.now };
    }
    memory.keep(stage, known);
    lists.push(known.scripts);
  }
  memory.turn();
  return lists;
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((word, index) => word === b[index]));
}

const NOTHING: ReadScript = { commands: [], pipe: undefined, shellForm: undefined };

function read(run: RunInstruction, reader: ShellReader | undefined): ReadScript {
  const { command, node } = run;
  if (command.form === 'exec') return { ...NOTHING, commands: execCommand(command.words) };
  if (reader === undefined) return NOTHING;
  const { text } = command;
  const scripts = node.heredocs.filter((heredoc) => heredocShell(heredoc, text.text) !== undefined);
  const parts = [text, ...scripts.map(heredocToken)];
  const commands: RunCommand[] = [];
  let pipe: Range | undefined;
  for (const part of parts) {
    const script = reader.read(part.text);
    for (const each of script.commands) commands.push(toCommand(each, part));
    if (script.pipe !== undefined) pipe ??= rangeIn(part, script.pipe, script.pipe + 1);
  }
  return { commands, pipe, shellForm: node.heredocs.length === 0 ? text : undefined };
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
