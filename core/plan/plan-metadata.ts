import type { Token } from '../dockerfile/ast.ts';
import { formatDuration } from '../dockerfile/duration.ts';
import { goQuote } from '../dockerfile/go-quote.ts';
import type { CommandLine, HealthCheckInstruction, Instruction, Pair } from '../dockerfile/instructions.ts';
import type { ImageHealthcheck, RunConfig } from '../image/config.ts';
import { parseExposedPort } from './exposed-ports.ts';
import { ownValue, type Variables } from './global-arguments.ts';
import { isSignal } from './signals.ts';
import type { StageScope } from './stage-scope.ts';
import type { StepWords } from './step-words.ts';

/** What ARG may take its values from. */
export interface ArgumentSources {
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly globals: Variables;
}

/** Does what an instruction does that changes the config only; gives it as history shows it, undefined for any other. */
export function planMetadata(
  instruction: Instruction,
  scope: StageScope,
  words: StepWords,
  sources: ArgumentSources,
): string | undefined {
  switch (instruction.kind) {
    case 'ENV': {
      const pairs = expandPairs(instruction.pairs, words);
      for (const [name, value] of pairs) scope.setEnvironment(name, value);
      return `ENV ${joinPairs(pairs)}`;
    }
    case 'LABEL': {
      const pairs = expandPairs(instruction.pairs, words);
      set(scope, { Labels: { ...scope.config.Labels, ...Object.fromEntries(pairs) } });
      return `LABEL ${joinPairs(pairs)}`;
    }
    case 'ARG':
      return `ARG ${instruction.args.map(({ name, value }) => setArgument(name, value, scope, words, sources)).join(' ')}`;
    case 'USER': {
      const user = words.maybe(instruction.user) ?? '';
      set(scope, { User: user });
      return `USER ${user}`;
    }
    case 'EXPOSE': {
      const ports = instruction.ports.flatMap((token) => exposed(token, words));
      set(scope, {
        ExposedPorts: { ...scope.config.ExposedPorts, ...Object.fromEntries(ports.map((port) => [port, {}])) },
      });
      return `EXPOSE [${ports.join(' ')}]`;
    }
    case 'VOLUME': {
      const volumes = instruction.volumes.map((token) => words.expand(token)).filter((path) => path !== '');
      set(scope, { Volumes: { ...scope.config.Volumes, ...Object.fromEntries(volumes.map((path) => [path, {}])) } });
      return `VOLUME [${volumes.join(' ')}]`;
    }
    case 'CMD': {
      const argv = argvOf(instruction.command, scope);
      set(scope, { Cmd: orNone(argv), ArgsEscaped: true });
      scope.cmdIsSet = true;
      return `CMD ${quoteAll(argv)}`;
    }
    case 'ENTRYPOINT': {
      const argv = argvOf(instruction.command, scope);
      set(scope, { Entrypoint: orNone(argv), ...(!scope.cmdIsSet && { Cmd: undefined }) });
      return `ENTRYPOINT ${quoteAll(argv)}`;
    }
    case 'SHELL': {
      const shell = instruction.command.form === 'exec' ? instruction.command.words.map(({ text }) => text) : [];
      if (shell.length > 0) set(scope, { Shell: shell });
      return `SHELL [${shell.join(' ')}]`;
    }
    case 'STOPSIGNAL': {
      const signal = words.maybe(instruction.signal) ?? '';
      if (instruction.signal !== undefined && !isSignal(signal)) {
        words.error('signal-invalid', `invalid signal: ${signal}`, instruction.signal);
      }
      set(scope, { StopSignal: signal });
      return `STOPSIGNAL ${signal}`;
    }
    case 'HEALTHCHECK': {
      const check = healthcheckOf(instruction);
      set(scope, { Healthcheck: check });
      return `HEALTHCHECK ${describeHealthcheck(check)}`;
    }
    case 'ONBUILD':
      set(scope, { OnBuild: [...scope.config.OnBuild, instruction.expression] });
      return `ONBUILD ${instruction.expression}`;
    case 'MAINTAINER':
      scope.author = instruction.maintainer?.text;
      return `MAINTAINER ${scope.author ?? ''}`;
    default:
      return undefined;
  }
}

function set(scope: StageScope, change: Partial<RunConfig>): void {
  scope.config = { ...scope.config, ...change };
}

function expandPairs(pairs: readonly Pair[], words: StepWords): [string, string][] {
  return pairs.map(({ name, value }) => [words.expand(name), words.expand(value)]);
}

function joinPairs(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join(' ');
}

/** A build arg comes before the default, and that before what was set above the first FROM. */
function setArgument(
  name: Token,
  value: Token | undefined,
  scope: StageScope,
  words: StepWords,
  { buildArgs, globals }: ArgumentSources,
): string {
  const inherited = value === undefined ? globals.get(name.text) : undefined;
  const given = ownValue(buildArgs, name.text) ?? words.maybe(value) ?? inherited;
  scope.setArgument(name.text, given);
  return given === undefined ? name.text : `${name.text}=${given}`;
}

function exposed(token: Token, words: StepWords): readonly string[] {
  return words.split(token).flatMap((word) => {
    const parsed = parseExposedPort(word);
    if (!('problem' in parsed)) return parsed.ports;
    words.error('port-invalid', parsed.problem, token);
    return [];
  });
}

/** `CMD []` takes away what the base has. */
function orNone(argv: readonly string[]): string[] | undefined {
  return argv.length === 0 ? undefined : [...argv];
}

function argvOf(command: CommandLine, { shell }: StageScope): string[] {
  return command.form === 'exec' ? command.words.map(({ text }) => text) : [...shell, command.text.text];
}

function quoteAll(argv: readonly string[]): string {
  return `[${argv.map(goQuote).join(' ')}]`;
}

/** As Go prints the record with %q, which is what `docker history` shows of it. */
function describeHealthcheck({
  Test,
  Interval,
  Timeout,
  StartPeriod,
  StartInterval,
  Retries,
}: ImageHealthcheck): string {
  const times = [Interval, Timeout, StartPeriod, StartInterval].map((time) => `"${formatDuration(time ?? 0)}"`);
  return `&{${quoteAll(Test ?? [])} ${times.join(' ')} ${quoteCharacter(Retries ?? 0)}}`;
}

function quoteCharacter(code: number): string {
  return `'${goQuote(String.fromCodePoint(code)).slice(1, -1).replace('\\"', '"').replace("'", "\\'")}'`;
}

function healthcheckOf({ type, command, times }: HealthCheckInstruction): NonNullable<RunConfig['Healthcheck']> {
  const number = (value: number): number | undefined => (value === 0 ? undefined : value);
  const test =
    type?.text.toUpperCase() === 'NONE' || command === undefined
      ? ['NONE']
      : command.form === 'exec'
        ? ['CMD', ...command.words.map(({ text }) => text)]
        : ['CMD-SHELL', command.text.text];
  return {
    Test: test,
    Interval: number(times.interval),
    Timeout: number(times.timeout),
    StartPeriod: number(times.startPeriod),
    StartInterval: number(times.startInterval),
    Retries: number(times.retries),
  };
}
