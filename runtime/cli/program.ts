import { VERSION } from '../version.ts';
import { readArguments } from './arguments.ts';
import { print, type Surface } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { commandHelp, programHelp } from './help.ts';
import { runCommand } from './run-command.ts';
import { suggest } from './usage-error.ts';

/** What comes before the command. */
export interface Invocation {
  readonly host: string | undefined;
  /** The command and its arguments. */
  readonly rest: readonly string[];
  readonly wants: 'command' | 'help' | 'version';
}

/** Reads what comes before the command. Error: UsageError. */
export function readInvocation(args: readonly string[]): Invocation {
  const options = {
    host: { type: 'string', short: 'H' },
    debug: { type: 'boolean', short: 'D' },
    help: { type: 'boolean' },
    version: { type: 'boolean' },
  } as const;
  const read = readArguments(args, options, true);
  const wants = read.has('version')
    ? 'version'
    : read.has('help') || read.positionals.length === 0
      ? 'help'
      : 'command';
  const [command = '', ...words] = read.positionals;
  // As docker has it; no other command says more then.
  const rest = read.has('debug') && command === 'build' ? [command, '--debug', ...words] : read.positionals;
  return { host: read.text('host'), rest, wants };
}

/** Runs one command line and gives the exit code; errors are told on stderr. */
export async function runProgram(invocation: Invocation, surface: Surface): Promise<number> {
  if (invocation.wants === 'version') {
    print(surface.stdout, `lapstrake ${VERSION}`);
    return 0;
  }
  const [name = '', ...rest] = invocation.rest;
  if (invocation.wants === 'help' || name === 'help') {
    const named = COMMANDS.find((each) => each.name === rest[0]);
    print(surface.stdout, named === undefined ? programHelp(COMMANDS) : commandHelp(named));
    return 0;
  }
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) {
    print(surface.stderr, unknownCommand(name));
    return 1;
  }
  return runCommand(command, rest, surface);
}

function unknownCommand(name: string): string {
  const near = suggest(
    name,
    COMMANDS.map((each) => each.name),
  );
  const hint = near === undefined ? '' : ` Did you mean '${near}'?`;
  return `lapstrake: '${name}' is not a lapstrake command.${hint}\nSee 'lapstrake --help'.`;
}
