import type { InstructionNode, Problem, Token } from './ast.ts';
import { goQuote } from './go-quote.ts';
import { type JoinedLine, subToken } from './joined-line.ts';
import { readJsonArray } from './json-array.ts';
import { isBlank, isSpace } from './white-space.ts';
import { readWords } from './words.ts';

/** How BuildKit's parser splits what follows an instruction's flags. */
interface ReadArguments {
  readonly args: readonly Token[];
  readonly json: boolean;
  readonly problems: readonly Problem[];
}

type Split = (rest: Token, line: Line) => ReadArguments;

/** The joined line, and where in it the rest starts. */
interface Line {
  readonly joined: JoinedLine;
  readonly start: number;
  readonly escapeToken: '\\' | '`';
  readonly name: string;
}

const SPLITS: ReadonlyMap<string, Split> = new Map<string, Split>([
  ['ADD', jsonOrWords],
  ['ARG', (rest, line) => plain(readWords(rest, line))],
  ['CMD', jsonOrText],
  ['COPY', jsonOrWords],
  ['ENTRYPOINT', jsonOrText],
  ['ENV', pairs],
  ['EXPOSE', (rest) => plain(splitAtBlanks(rest))],
  ['FROM', (rest) => plain(splitAtBlanks(rest))],
  ['HEALTHCHECK', healthCheck],
  ['LABEL', pairs],
  ['MAINTAINER', wholeText],
  ['RUN', jsonOrText],
  ['SHELL', jsonOrText],
  ['STOPSIGNAL', wholeText],
  ['USER', wholeText],
  ['VOLUME', jsonOrWords],
  ['WORKDIR', wholeText],
]);

/** Splits the arguments of the instruction of that name (upper case); of an unknown one: a single empty word, as BuildKit. */
export function readArguments(
  name: string,
  rest: Token,
  joined: JoinedLine,
  start: number,
  escapeToken: '\\' | '`',
): Pick<InstructionNode, 'args' | 'json'> & Pick<ReadArguments, 'problems'> {
  const split = SPLITS.get(name);
  if (split === undefined) return plain([subToken(rest, 0, 0)]);
  if (rest.text === '') return plain([]);
  return split(rest, { joined, start, escapeToken, name });
}

function plain(args: readonly Token[], problems: readonly Problem[] = []): ReadArguments {
  return { args, json: false, problems };
}

function wholeText(rest: Token): ReadArguments {
  return plain([rest]);
}

function jsonOrText(rest: Token, line: Line): ReadArguments {
  return json(rest, line) ?? plain([rest]);
}

function jsonOrWords(rest: Token, line: Line): ReadArguments {
  return json(rest, line) ?? plain(splitAtBlanks(rest));
}

function json(rest: Token, { joined, start }: Line): ReadArguments | undefined {
  const array = readJsonArray(joined, start, start + rest.text.length);
  if (array === undefined) return undefined;
  if (array.kind === 'strings') return { args: array.tokens, json: true, problems: [] };
  const message = 'when using JSON array syntax, arrays must be comprised of strings only';
  return {
    args: [],
    json: true,
    problems: [{ code: 'json-not-strings', message, range: rest.range, severity: 'error' }],
  };
}

function splitAtBlanks(rest: Token): Token[] {
  const { text } = rest;
  const words: Token[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && !isBlank(text.charAt(at))) continue;
    words.push(subToken(rest, start, at));
    while (at + 1 < text.length && isBlank(text.charAt(at + 1))) at++;
    start = at + 1;
  }
  return words;
}

/** Three tokens for each pair: name, value, and `=` or '' for the form without it. */
function pairs(rest: Token, line: Line): ReadArguments {
  const words = readWords(rest, line);
  const [first] = words;
  if (first === undefined) return plain([]);
  if (!first.text.includes('=')) return legacyPair(rest, line.name);
  const args: Token[] = [];
  const problems: Problem[] = [];
  for (const word of words) {
    const equals = word.text.indexOf('=');
    if (equals !== -1) args.push(...pairAt(word, equals));
    else if (problems.length === 0) {
      const message = `Syntax error - can't find = in ${goQuote(word.text)}. Must be of the form: name=value`;
      problems.push({ code: 'pair-without-equals', message, range: word.range, severity: 'error' });
    }
  }
  return plain(args, problems);
}

function pairAt(word: Token, equals: number): [Token, Token, Token] {
  const { length } = word.text;
  return [subToken(word, 0, equals), subToken(word, equals + 1, length), subToken(word, equals, equals + 1)];
}

function legacyPair(rest: Token, name: string): ReadArguments {
  const { text } = rest;
  let end = 0;
  while (end < text.length && !isBlank(text.charAt(end))) end++;
  if (end === text.length) {
    const message = `${name} must have two arguments`;
    return plain([], [{ code: 'pair-without-value', message, range: rest.range, severity: 'error' }]);
  }
  let value = end;
  while (isBlank(text.charAt(value))) value++;
  return plain([subToken(rest, 0, end), subToken(rest, value, text.length), subToken(rest, value, value)]);
}

/** The type, then a command. */
function healthCheck(rest: Token, line: Line): ReadArguments {
  const { text } = rest;
  let end = 0;
  while (end < text.length && !isSpace(text.charAt(end))) end++;
  const type = subToken(rest, 0, end);
  let next = end;
  while (next < text.length && isSpace(text.charAt(next))) next++;
  if (next === text.length) return plain([type]);
  const command = jsonOrText(subToken(rest, next, text.length), { ...line, start: line.start + next });
  return { ...command, args: [type, ...command.args] };
}
