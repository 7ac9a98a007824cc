import type { InstructionNode, Parsed, Problem, Token } from './ast.ts';
import { FlagSet } from './flag-set.ts';
import type { ArgInstruction, Argument, EnvInstruction, LabelInstruction, Pair } from './instructions.ts';
import { subToken } from './joined-line.ts';
import { errorAt } from './problems.ts';

/** Reads ENV or LABEL. */
export function readPairs(kind: 'ENV' | 'LABEL', node: InstructionNode): Parsed<EnvInstruction | LabelInstruction> {
  const problems: Problem[] = [...new FlagSet(node).problems];
  const pairs: Pair[] = [];
  for (let at = 0; at + 2 < node.args.length; at += 3) {
    const name = node.args[at]!;
    if (name.text === '') problems.push(blankName(kind, name));
    else pairs.push({ name, value: node.args[at + 1]!, legacy: node.args[at + 2]!.text === '' });
  }
  if (node.args.length === 0) problems.push(missing(node));
  return { value: { kind, node, pairs }, problems };
}

/** Reads ARG. */
export function readArguments(node: InstructionNode): Parsed<ArgInstruction> {
  const problems: Problem[] = [];
  const args: Argument[] = [];
  for (const arg of node.args) {
    const equals = arg.text.indexOf('=');
    if (equals === 0) problems.push(blankName('ARG', arg));
    else if (equals === -1) args.push({ name: arg });
    else args.push({ name: subToken(arg, 0, equals), value: subToken(arg, equals + 1, arg.text.length) });
  }
  if (node.args.length === 0) problems.push(missing(node));
  return { value: { kind: 'ARG', node, args }, problems };
}

function blankName(name: string, { range }: Token): Problem {
  return errorAt(range, 'name-blank', `${name} names can not be blank`);
}

function missing({ name, keyword }: InstructionNode): Problem {
  return errorAt(keyword.range, 'argument-missing', `${name} requires at least one argument`);
}
