import type { Instruction } from '../dockerfile/instructions.ts';
import type { Dockerfile } from '../dockerfile/stages.ts';
import { programName } from '../shell/wrapped-command.ts';
import { parseShellPragma } from './check-options.ts';

const DEFAULT: readonly string[] = ['/bin/sh', '-c'];

/**
 * The words of the shell that reads the shell form of each RUN and of what ONBUILD triggers: what SHELL or `# hadolint shell=…` set in its stage or
 * in one that it builds on.
 */
export function scriptShells({ instructions, syntax }: Dockerfile): ReadonlyMap<Instruction, readonly string[]> {
  const pragmas = syntax.comments.flatMap(({ text, range }) => {
    const shell = parseShellPragma(text);
    return shell === undefined ? [] : [{ shell: [shell], line: range.start.line }];
  });
  const shells = new Map<Instruction, readonly string[]>();
  const ofStage = new Map<string, readonly string[]>();
  let current = DEFAULT;
  let name: string | undefined;
  let above = 0;
  for (const instruction of instructions) {
    const { startLine } = instruction.node;
    if (instruction.kind === 'FROM') {
      current = ofStage.get(instruction.image?.text.toLowerCase() ?? '') ?? DEFAULT;
      name = instruction.stage?.text.toLowerCase();
    }
    for (let pragma = pragmas[above]; pragma && pragma.line < startLine; pragma = pragmas[++above]) {
      current = pragma.shell;
    }
    if (instruction.kind === 'SHELL') {
      const { command } = instruction;
      current = command.form === 'exec' ? command.words.map(({ text }) => text) : command.text.text.split(/\s+/);
    }
    if (name !== undefined) ofStage.set(name, current);
    if (instruction.kind === 'RUN' || instruction.kind === 'ONBUILD') shells.set(instruction, current);
  }
  return shells;
}

/** Whether a shell reads what bash's grammar describes. */
export function isPosixShell([program = '']: readonly string[]): boolean {
  return !/^(?:pwsh|powershell|cmd)(?:\.exe)?$/i.test(programName(program.replaceAll('\\', '/')));
}
