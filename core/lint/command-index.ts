import type { RunCommand, RunScript } from './run-scripts.ts';

/** A command and the RUN that it stands in. */
export interface PlacedCommand {
  readonly command: RunCommand;
  readonly script: RunScript;
}

type ByProgram = ReadonlyMap<string, readonly PlacedCommand[]>;

/** What was found in lists of scripts, each of which is gone through once. */
const KNOWN = new WeakMap<readonly RunScript[], ByProgram>();

/** The commands of a Dockerfile by the name of their program. */
export class CommandIndex {
  private readonly indexes: readonly ByProgram[];

  /** `lists`: the scripts, in order. */
  constructor(lists: readonly (readonly RunScript[])[]) {
    this.indexes = lists.map(byProgram);
  }

  /** Those of some programs. */
  of(...programs: readonly string[]): readonly PlacedCommand[] {
    return this.indexes.flatMap((index) => programs.flatMap((program) => index.get(program) ?? []));
  }

  /** Those of all programs whose name a pattern matches. */
  matching(pattern: RegExp): readonly PlacedCommand[] {
    return this.indexes.flatMap((index) =>
      [...index].flatMap(([program, commands]) => (pattern.test(program) ? commands : [])),
    );
  }
}

function byProgram(scripts: readonly RunScript[]): ByProgram {
  const known = KNOWN.get(scripts);
  if (known !== undefined) return known;
  const index = new Map<string, PlacedCommand[]>();
  for (const script of scripts) {
    for (const command of script.commands) {
      const others = index.get(command.program);
      if (others) others.push({ command, script });
      else index.set(command.program, [{ command, script }]);
    }
  }
  KNOWN.set(scripts, index);
  return index;
}
