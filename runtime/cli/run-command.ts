import { EngineError } from '../errors.ts';
import { readArguments } from './arguments.ts';
import { type Command, print, type Surface } from './command.ts';
import { commandHelp } from './help.ts';
import { startFailureCode } from './start-failure.ts';
import { UsageError } from './usage-error.ts';

/** Runs a command and gives the exit code; errors are told on stderr. */
export async function runCommand(command: Command, args: readonly string[], surface: Surface): Promise<number> {
  try {
    return await runOrFail(command, args, surface);
  } catch (error) {
    return tellFailure(command, error, surface);
  }
}

async function runOrFail(command: Command, args: readonly string[], surface: Surface): Promise<number> {
  // The daemon reads its options itself.
  if (command.name === 'daemon') return command.run(readArguments([], {}), surface);
  const options = { ...command.options, help: { type: 'boolean' } } as const;
  const read = readArguments(args, options, command.stopAtFirst, command.otherOptions);
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

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
