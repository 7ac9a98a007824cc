import type { Token } from '../dockerfile/ast.ts';
import { goQuote } from '../dockerfile/go-quote.ts';
import type { CommandLine, HealthCheckInstruction, Instruction, Pair } from '../dockerfile/instructions.ts';
import type { RunConfig } from '../image/config.ts';
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
      set(scope, { Cmd: argv });
      scope.cmdIsSet = true;
      return `CMD ${quoteAll(argv)}`;
    }
    case 'ENTRYPOINT': {
      const argv = argvOf(instruction.command, scope);
      set(scope, { Entrypoint: argv, ...(!scope.cmdIsSet && { Cmd: undefined }) });
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
      return `HEALTHCHECK ${(check.Test ?? []).join(' ')}`;
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

function argvOf(command: CommandLine, { shell }: StageScope): string[] {
  return command.form === 'exec' ? command.words.map(({ text }) => text) : [...shell, command.text.text];
}

function quoteAll(argv: readonly string[]): string {
  return `[${argv.map(goQuote).join(' ')}]`;
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
