import { didYouMean, mostLikelyMeant } from '../match/did-you-mean.ts';
import type { InstructionNode, Parsed, Problem } from './ast.ts';
import { FlagSet } from './flag-set.ts';
import { goQuote } from './go-quote.ts';
import { INSTRUCTION_NAMES, type Instruction } from './instructions.ts';
import { subToken } from './joined-line.ts';
import { errorAt } from './problems.ts';
import { readCommand } from './read-command.ts';
import { readAdd, readCopy } from './read-copy.ts';
import { readHealthCheck } from './read-health-check.ts';
import { readOnBuild } from './read-onbuild.ts';
import { readArguments, readPairs } from './read-pairs.ts';
import { readRun } from './read-run.ts';

/** Makes the typed instruction of a node; what is wrong with it is told, and left out. */
export function readInstruction(node: InstructionNode): Parsed<Instruction> {
  switch (node.name) {
    case 'FROM':
      return readFrom(node);
    case 'RUN':
      return readRun(node);
    case 'COPY':
      return readCopy(node);
    case 'ADD':
      return readAdd(node);
    case 'ENV':
    case 'LABEL':
      return readPairs(node.name, node);
    case 'ARG':
      return readArguments(node);
    case 'WORKDIR': {
      const path = node.args[0];
      return single(node, { kind: node.name, node, ...(path && { path }) });
    }
    case 'USER': {
      const user = node.args[0];
      return single(node, { kind: node.name, node, ...(user && { user }) });
    }
    case 'MAINTAINER': {
      const maintainer = node.args[0];
      return single(node, { kind: node.name, node, ...(maintainer && { maintainer }) });
    }
    case 'STOPSIGNAL': {
      const signal = node.args[0];
      return single(node, { kind: node.name, node, ...(signal && { signal }) });
    }
    case 'EXPOSE': {
      const { problems } = new FlagSet(node);
      return { value: { kind: node.name, node, ports: node.args }, problems: [...atLeastOne(node), ...problems] };
    }
    case 'VOLUME':
      return readVolume(node);
    case 'CMD':
    case 'ENTRYPOINT': {
      const { problems } = new FlagSet(node);
      return { value: { kind: node.name, node, command: readCommand(node, node.args) }, problems };
    }
    case 'SHELL':
      return readShell(node);
    case 'HEALTHCHECK':
      return readHealthCheck(node);
    case 'ONBUILD':
      return readOnBuild(node, readInstruction);
    default:
      return unknown(node);
  }
}

function single(node: InstructionNode, value: Instruction): Parsed<Instruction> {
  const isMissing = node.args.length !== 1;
  const missing = isMissing
    ? [errorAt(node.keyword.range, 'argument-missing', `${node.name} requires exactly one argument`)]
    : [];
  return { value, problems: [...missing, ...new FlagSet(node).problems] };
}

function atLeastOne({ name, args, keyword }: InstructionNode): Problem[] {
  if (args.length > 0) return [];
  return [errorAt(keyword.range, 'argument-missing', `${name} requires at least one argument`)];
}

const STAGE_NAME = /^[a-z][a-z0-9\-_.]*$/;

function readFrom(node: InstructionNode): Parsed<Instruction> {
  const [image, second, third] = node.args;
  const flags = new FlagSet(node);
  const problems: Problem[] = [];
  const isNamed = node.args.length === 3 && second?.text.toLowerCase() === 'as';
  if (isNamed && third !== undefined) {
    if (!STAGE_NAME.test(third.text.toLowerCase())) {
      const message = `invalid name for build stage: ${goQuote(third.text)}, name can't start with a number or contain symbols`;
      problems.push(errorAt(third.range, 'stage-name-invalid', message));
    }
  } else if (node.args.length !== 1) {
    problems.push(errorAt(node.range, 'from-arguments', 'FROM requires either one or three arguments'));
  }
  const platform = flags.value('platform');
  return {
    value: {
      kind: 'FROM',
      node,
      ...(image && { image }),
      ...(platform && { platform }),
      ...(isNamed && second && { as: second }),
      ...(isNamed && third && { stage: third }),
    },
    problems: [...problems, ...flags.problems],
  };
}

function readVolume(node: InstructionNode): Parsed<Instruction> {
  const problems = [...atLeastOne(node), ...new FlagSet(node).problems];
  const volumes = node.args.map((arg) => {
    const text = arg.text.trim();
    const start = arg.text.indexOf(text);
    return text === arg.text ? arg : subToken(arg, start, start + text.length);
  });
  for (const { text, range } of volumes) {
    if (text === '') problems.push(errorAt(range, 'volume-empty', 'VOLUME specified can not be an empty string'));
  }
  return { value: { kind: 'VOLUME', node, volumes: volumes.filter(({ text }) => text !== '') }, problems };
}

function readShell(node: InstructionNode): Parsed<Instruction> {
  const problems = [...new FlagSet(node).problems, ...atLeastOne(node)];
  if (node.args.length > 0 && !node.json) {
    problems.push(
      errorAt(node.rest?.range ?? node.range, 'shell-form', 'SHELL requires the arguments to be in JSON form'),
    );
  }
  return { value: { kind: 'SHELL', node, command: readCommand(node, node.args) }, problems };
}

function unknown(node: InstructionNode): Parsed<Instruction> {
  const { text, range } = node.keyword;
  const names = [...INSTRUCTION_NAMES].sort();
  const cased = (name: string | undefined) => (text === text.toLowerCase() ? name?.toLowerCase() : name);
  const near = cased(didYouMean(node.name, names));
  const suggestion = near && cased(mostLikelyMeant(node.name, names));
  const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
  const problem = errorAt(range, 'instruction-unknown', `unknown instruction: ${text}${hint}`);
  return {
    value: { kind: 'UNKNOWN', node },
    problems: [suggestion === undefined ? problem : { ...problem, suggestion }],
  };
}
