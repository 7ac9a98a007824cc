import type { InstructionNode, Parsed, Problem, Token } from './ast.ts';
import { FlagSet } from './flag-set.ts';
import { parseHeredoc } from './heredocs.ts';
import type { AddInstruction, CopyInstruction, Source } from './instructions.ts';
import { errorAt } from './problems.ts';

/** Reads COPY. */
export function readCopy(node: InstructionNode): Parsed<CopyInstruction> {
  const flags = new FlagSet(node);
  const { parts, problems } = readParts(node, flags);
  const from = flags.value('from');
  const parents = flags.isTrue('parents') ?? false;
  return { value: { kind: 'COPY', node, ...(from && { from }), parents, ...parts }, problems };
}

/** Reads ADD. */
export function readAdd(node: InstructionNode): Parsed<AddInstruction> {
  const flags = new FlagSet(node);
  const { parts, problems } = readParts(node, flags);
  const checksum = flags.value('checksum');
  const keepGitDir = flags.isTrue('keep-git-dir');
  const unpack = flags.isTrue('unpack');
  return {
    value: {
      kind: 'ADD',
      node,
      ...parts,
      ...(checksum && { checksum }),
      ...(keepGitDir !== undefined && { keepGitDir }),
      ...(unpack !== undefined && { unpack }),
    },
    problems,
  };
}

function readParts(node: InstructionNode, flags: FlagSet) {
  const problems: Problem[] = [];
  const destination = node.args.length < 2 ? undefined : node.args.at(-1);
  if (destination === undefined) {
    const message = `${node.name} requires at least two arguments, but only one was provided. Destination could not be determined`;
    problems.push(errorAt(node.keyword.range, 'destination-missing', message));
  } else if (parseHeredoc(destination.text) !== undefined) {
    const message = `${node.name} cannot accept a heredoc as a destination`;
    problems.push(errorAt(destination.range, 'destination-heredoc', message));
  }
  const sources = destination === undefined ? node.args : node.args.slice(0, -1);
  const chown = flags.value('chown');
  const chmod = flags.value('chmod');
  const parts = {
    sources: sources.map((token) => readSource(token, node)),
    ...(destination && { destination }),
    ...(chown && { chown }),
    ...(chmod && { chmod }),
    link: flags.isTrue('link') ?? false,
    exclude: flags.all('exclude').flatMap(({ value }) => (value === undefined ? [] : [value])),
  };
  return { parts, problems: [...problems, ...flags.problems] };
}

function readSource(token: Token, { heredocs }: InstructionNode): Source {
  const marker = token.text.includes('<<') ? parseHeredoc(token.text) : undefined;
  const heredoc = marker && heredocs.findLast(({ name }) => name === marker.name);
  return heredoc === undefined ? { kind: 'path', path: token } : { kind: 'heredoc', marker: token, heredoc };
}
