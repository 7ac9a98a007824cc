import { EngineError } from '../errors.ts';
import { VERSION } from '../version.ts';
import { readArguments } from './arguments.ts';
import { type Command, print, type Surface } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { commandHelp, programHelp } from './help.ts';
import { startFailureCode } from './start-failure.ts';
import { suggest, UsageError } from './usage-error.ts';

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
    help: { type: 'boolean' },
    version: { type: 'boolean' },
  } as const;
  const read = readArguments(args, options, true);
  const wants = read.has('version')
    ? 'version'
    : read.has('help') || read.positionals.length === 0
      ? 'help'
      : 'command';
  return { host: read.text('host'), rest: read.positionals, wants };
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
  try {
    return await runCommand(command, rest, surface);
  } catch (error) {
    return tellFailure(command, error, surface);
  }
}

async function runCommand(command: Command, args: readonly string[], surface: Surface): Promise<number> {
  // The daemon reads its options itself.
  if (command.name === 'daemon') return command.run(readArguments([], {}), surface);
  const options = { ...command.options, help: { type: 'boolean' } } as const;
  const read = readArguments(args, options, command.stopAtFirst);
  if (read.has('help')) {
    print(surface.stdout, commandHelp(command));
    return 0;
  }
  const [least, most] = command.positionals;
  const count = read.positionals.length;
  if (count < least) throw new UsageError(`'lapstrake ${command.name}' takes at least ${plural(least, 'argument')}`);
  if (count > most) {
    throw new UsageError(
      `'lapstrake ${command.name}' takes ${most === 0 ? 'no arguments' : `at most ${plural(most, 'argument')}`}`,
    );
  }
  return command.run(read, surface);
}

function tellFailure(command: Command, error: unknown, surface: Surface): number {
  if (surface.signal.aborted) return 130;
  const code = command.failureCode ?? 1;
  if (error instanceof UsageError) {
    print(surface.stderr, `lapstrake: ${error.message}\nSee 'lapstrake ${command.name} --help'.`);
    return code;
  }
  if (error instanceof EngineError) {
    print(surface.stderr, `lapstrake: ${error.message}`);
    return command.name === 'run' ? (startFailureCode(error.message) ?? code) : code;
  }
  print(surface.stderr, `lapstrake: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return code;
}

function unknownCommand(name: string): string {
  const near = suggest(
    name,
    COMMANDS.map((each) => each.name),
  );
  const hint = near === undefined ? '' : ` Did you mean '${near}'?`;
  return `lapstrake: '${name}' is not a lapstrake command.${hint}\nSee 'lapstrake --help'.`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
