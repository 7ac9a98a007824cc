import { type ParseArgsConfig, parseArgs } from 'node:util';
import { suggest, UsageError } from './usage-error.ts';

/** Options of a command, as `parseArgs` of node:util describes them. */
export type Options = NonNullable<ParseArgsConfig['options']>;

/** A command line that was read. */
export interface Arguments {
  /** Whether a switch was given. */
  has(name: string): boolean;
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  readonly positionals: readonly string[];
}

/**
 * Reads options and positionals. With `stopAtFirst`, options end at the first positional, so that those of a
 * container's own command are left alone. `others` are options of docker's that are none here, and what to do instead.
 * Error: UsageError.
 */
export function readArguments(
  args: readonly string[],
  options: Options,
  stopAtFirst = false,
  others: Readonly<Record<string, string>> = {},
): Arguments {
  const end = stopAtFirst ? firstPositional(args, options) : args.length;
  try {
    const joined = withValues(args.slice(0, end), options);
    const { values, positionals } = parseArgs({ args: joined, options, allowPositionals: true });
    const given: Readonly<Record<string, unknown>> = values;
    return {
      has: (name) => given[name] === true,
      text: (name) => {
        const value = given[name];
        return typeof value === 'string' ? value : undefined;
      },
      texts: (name) => {
        const value = given[name];
        return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
      },
      positionals: [...positionals, ...args.slice(end)],
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(explain(error.message, options, others));
  }
}

/**
 * The same with the values that begin with a dash in one word with their options: what follows an option that takes a value
 * is its value, whatever it looks like, as to docker (`--memory-swap -1`).
 */
function withValues(args: readonly string[], options: Options): string[] {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') return [...joined, ...args.slice(i)];
    const value = arg.startsWith('-') && takesNext(arg, options) ? args[i + 1] : undefined;
    if (value === undefined || !value.startsWith('-') || value === '-') {
      joined.push(arg);
      if (value !== undefined) joined.push(value);
    } else if (arg.startsWith('--')) joined.push(`${arg}=${value}`);
    else {
      const [name] = Object.entries(options).find(([, { short }]) => short === arg.at(-1)) ?? [];
      if (arg.length > 2) joined.push(arg.slice(0, -1));
      joined.push(`--${name}=${value}`);
    }
    if (value !== undefined) i++;
  }
  return joined;
}

/** Where the positionals begin: a `--` is left to the command. */
function firstPositional(args: readonly string[], options: Options): number {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') return i;
    if (!arg.startsWith('-') || arg === '-') return i;
    if (takesNext(arg, options)) i++;
  }
  return args.length;
}

function takesNext(arg: string, options: Options): boolean {
  if (arg.startsWith('--')) return !arg.includes('=') && options[arg.slice(2)]?.type === 'string';
  for (let i = 1; i < arg.length; i++) {
    const option = Object.values(options).find(({ short }) => short === arg[i]);
    if (option?.type === 'string') return i === arg.length - 1;
  }
  return false;
}

function explain(message: string, options: Options, others: Readonly<Record<string, string>>): string {
  const unknown = /Unknown option '(-{1,2})([^']+)'/.exec(message);
  if (unknown === null) return message;
  const [, dashes, name = ''] = unknown;
  const instead = others[name];
  if (instead !== undefined) return `there is no ${dashes}${name} here: ${instead}`;
  const near = dashes === '--' ? suggest(name, Object.keys(options)) : undefined;
  return `unknown option ${dashes}${name}${near === undefined ? '' : `. Did you mean --${near}?`}`;
}
