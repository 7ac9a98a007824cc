import type { Command } from './command.ts';

/** The manual of the program. */
export function programHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Usage: lapstrake [--host unix://PATH] COMMAND',
    '',
    'Builds, runs and looks into containers with its own engine, which is started where it does not run.',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`),
    '',
    'Options:',
    '  -H, --host unix://PATH   the engine to speak to (also LAPSTRAKE_HOST); it must run already',
    '      --version            print the version',
    '',
    "'lapstrake COMMAND --help' tells more about a command.",
  ].join('\n');
}

/** The manual of a command. */
export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).map(([name, option]) => {
    const short = option.short === undefined ? '    ' : `-${option.short}, `;
    return [`  ${short}--${name}${option.type === 'string' ? ' VALUE' : ''}`, command.optionHelp[name] ?? ''] as const;
  });
  const width = Math.max(0, ...options.map(([left]) => left.length));
  return [
    `Usage: lapstrake ${command.name} ${command.usage}`,
    '',
    command.summary,
    ...(options.length > 0
      ? ['', 'Options:', ...options.map(([left, right]) => `${left.padEnd(width)}   ${right}`)]
      : []),
  ].join('\n');
}
