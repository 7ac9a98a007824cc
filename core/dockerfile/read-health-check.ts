import type { InstructionNode, Parsed, Problem, Token } from './ast.ts';
import { parseDuration } from './duration.ts';
import { FlagSet } from './flag-set.ts';
import { goQuote } from './go-quote.ts';
import type { HealthCheckInstruction, HealthCheckTimes } from './instructions.ts';
import { errorAt } from './problems.ts';
import { readCommand } from './read-command.ts';

const NO_TIMES: HealthCheckTimes = { interval: 0, timeout: 0, startPeriod: 0, startInterval: 0, retries: 0 };
const MILLISECOND = 1_000_000;

/** Reads HEALTHCHECK. */
export function readHealthCheck(node: InstructionNode): Parsed<HealthCheckInstruction> {
  const [type, ...args] = node.args;
  const base = { kind: 'HEALTHCHECK', node } as const;
  if (type === undefined) {
    const message = 'HEALTHCHECK requires at least one argument';
    return {
      value: { ...base, times: NO_TIMES },
      problems: [errorAt(node.keyword.range, 'argument-missing', message)],
    };
  }
  const kind = type.text.toUpperCase();
  if (kind === 'NONE') {
    const value = { ...base, type, times: NO_TIMES };
    const message = 'HEALTHCHECK NONE takes no arguments';
    return { value, problems: args[0] === undefined ? [] : [errorAt(args[0].range, 'argument-extra', message)] };
  }
  const flags = new FlagSet(node);
  const problems: Problem[] = [...flags.problems];
  if (kind !== 'CMD') {
    problems.push(errorAt(type.range, 'type-unknown', `Unknown type ${goQuote(kind)} in HEALTHCHECK (try CMD)`));
  } else if (args.length === 0) {
    problems.push(errorAt(type.range, 'command-missing', 'Missing command after HEALTHCHECK CMD'));
  }
  const times = readTimes(flags, problems);
  return { value: { ...base, type, command: readCommand(node, args), times }, problems };
}

function readTimes(flags: FlagSet, problems: Problem[]): HealthCheckTimes {
  const time = (name: string): number => readInterval(name, flags.value(name), problems);
  return {
    interval: time('interval'),
    timeout: time('timeout'),
    startPeriod: time('start-period'),
    startInterval: time('start-interval'),
    retries: readRetries(flags.value('retries'), problems),
  };
}

function readInterval(name: string, token: Token | undefined, problems: Problem[]): number {
  if (token === undefined || token.text === '') return 0;
  const duration = parseDuration(token.text);
  if (typeof duration === 'object') problems.push(errorAt(token.range, 'duration-invalid', duration.problem));
  else if (duration !== 0 && duration < MILLISECOND) {
    const message = `Interval ${goQuote(name)} cannot be less than 1ms`;
    problems.push(errorAt(token.range, 'duration-too-short', message));
  } else return duration;
  return 0;
}

const LARGEST = 2 ** 31 - 1;

function readRetries(token: Token | undefined, problems: Problem[]): number {
  if (token === undefined || token.text === '') return 0;
  const { text, range } = token;
  const retries = /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
  if (retries !== undefined && retries >= 0 && retries <= LARGEST) return retries;
  const reason = retries === undefined ? 'invalid syntax' : 'value out of range';
  const message =
    retries !== undefined && retries < 0 && retries >= -LARGEST - 1
      ? `--retries cannot be negative (${retries})`
      : `strconv.ParseInt: parsing ${goQuote(text)}: ${reason}`;
  problems.push(errorAt(range, 'retries-invalid', message));
  return 0;
}
