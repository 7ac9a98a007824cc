import type { Fix, Report, RuleContext } from './rule.ts';
import type { RunCommand, RunScript } from './run-scripts.ts';
import { appendCommand, rangeTo } from './script-edits.ts';

/** What a package manager leaves behind, and what takes it away. */
export interface CleanUp {
  readonly installs: (command: RunCommand) => boolean;
  readonly cleans: (command: RunCommand) => boolean;
  /** Whether a mount keeps it out of the layer. */
  readonly mounted: (script: RunScript) => boolean;
  readonly message: (command: RunCommand) => string;
  /** The command that the fix adds. */
  readonly command: (install: RunCommand) => string;
}

/** Reports a RUN whose first install no cleaning follows. */
export function* missingCleanUp(context: RuleContext, what: CleanUp): Generator<Report> {
  const { scripts, dockerfile } = context;
  for (const script of scripts) {
    const install = script.commands.findIndex(what.installs);
    const command = script.commands[install];
    if (command === undefined || what.mounted(script)) continue;
    if (script.commands.findLastIndex(what.cleans) > install) continue;
    const added = what.command(command);
    const edits = appendCommand(script, context.lines, added, dockerfile.syntax.escape);
    const fixes: Fix[] = edits.length === 0 ? [] : [{ title: `Run ${added} at the end`, edits }];
    yield { message: what.message(command), range: rangeTo(command, 1), at: script.outer.node, fixes };
  }
}
