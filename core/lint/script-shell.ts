import type { FromInstruction, Instruction } from '../dockerfile/instructions.ts';
import type { Dockerfile, Stage } from '../dockerfile/stages.ts';
import { programName } from '../shell/wrapped-command.ts';
import { parseShellPragma } from './check-options.ts';
import { isWindowsImage } from './windows-image.ts';

const DEFAULT: readonly string[] = ['/bin/sh', '-c'];
const DEFAULT_ON_WINDOWS: readonly string[] = ['cmd', '/S', '/C'];

/**
 * The words of the shell that reads the shell form of each RUN and of what ONBUILD triggers: what SHELL or
 * `# hadolint shell=…` set in its stage or in one that it builds on. Instructions are to be gone through in order.
 */
export class ScriptShells {
  private readonly pragmas: readonly { readonly shell: readonly string[]; readonly line: number }[];
  private readonly ofStage = new Map<string, readonly string[]>();
  private current = DEFAULT;
  private name: string | undefined;
  private above = 0;

  constructor({ syntax }: Dockerfile) {
    this.pragmas = syntax.comments.flatMap(({ text, range }) => {
      const shell = parseShellPragma(text);
      return shell === undefined ? [] : [{ shell: [shell], line: range.start.line }];
    });
  }

  /** Whether comments name a shell, which then hangs on more than the instructions. */
  get inComments(): boolean {
    return this.pragmas.length > 0;
  }

  /** The shell that is in force where a stage begins. */
  before({ from }: Stage): readonly string[] {
    return this.ofStage.get(from.image?.text.toLowerCase() ?? '') ?? imageShell(from);
  }

  /** The shell behind what was gone through. */
  get now(): readonly string[] {
    return this.current;
  }

  /** Goes through an instruction, and gives the shell that reads it. */
  through(instruction: Instruction): readonly string[] {
    const before = this.current;
    if (instruction.kind === 'FROM') {
      this.current = this.ofStage.get(instruction.image?.text.toLowerCase() ?? '') ?? imageShell(instruction);
      this.name = instruction.stage?.text.toLowerCase();
    }
    for (let pragma = this.pragmas[this.above]; pragma && pragma.line < instruction.node.startLine; ) {
      this.current = pragma.shell;
      pragma = this.pragmas[++this.above];
    }
    if (instruction.kind === 'SHELL') {
      const { command } = instruction;
      this.current = command.form === 'exec' ? command.words.map(({ text }) => text) : command.text.text.split(/\s+/);
    }
    const isNew = instruction.kind === 'FROM' || this.current !== before;
    if (isNew && this.name !== undefined) this.ofStage.set(this.name, this.current);
    return this.current;
  }

  /** Passes over a stage that is known to leave a shell behind. */
  over({ name }: Stage, left: readonly string[]): void {
    this.current = left;
    this.name = name;
    if (name !== undefined) this.ofStage.set(name, left);
  }
}

function imageShell({ image, platform }: FromInstruction): readonly string[] {
  return isWindowsImage(image?.text ?? '', platform?.text) ? DEFAULT_ON_WINDOWS : DEFAULT;
}

/** Whether a shell reads what bash's grammar describes. */
export function isPosixShell([program = '']: readonly string[]): boolean {
  return !/^(?:pwsh|powershell|cmd)(?:\.exe)?$/i.test(programName(program.replaceAll('\\', '/')));
}
