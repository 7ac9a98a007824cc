import type { RunCommand, RunScript } from './run-scripts.ts';

/** A command and the RUN that it stands in. */
export interface PlacedCommand {
  readonly command: RunCommand;
  readonly script: RunScript;
}

/** The commands of a Dockerfile by the name of their program. */
export class CommandIndex {
  private readonly byProgram = new Map<string, PlacedCommand[]>();

  constructor(scripts: readonly RunScript[]) {
    for (const script of scripts) {
      for (const command of script.commands) {
        const known = this.byProgram.get(command.program);
        if (known) known.push({ command, script });
        else this.byProgram.set(command.program, [{ command, script }]);
      }
    }
  }

  /** Those of some programs. */
  of(...programs: readonly string[]): readonly PlacedCommand[] {
    if (programs.length === 1) return this.byProgram.get(programs[0]!) ?? [];
    return programs.flatMap((program) => this.byProgram.get(program) ?? []);
  }

  /** Those of all programs whose name a pattern matches. */
  matching(pattern: RegExp): readonly PlacedCommand[] {
    return [...this.byProgram].flatMap(([program, commands]) => (pattern.test(program) ? commands : []));
  }
}
