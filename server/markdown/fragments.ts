import type { Position } from '../../core/dockerfile/ast.ts';
import { INSTRUCTION_NAMES } from '../../core/dockerfile/instructions.ts';

/** A fence, which may be in block quotes and stand behind the marker of a list's item. */
const OPENING = /^((?:\s*(?:>|(?:[-*+]|\d{1,9}[.)])(?=\s)))*\s*)(`{3,}(?!.*`)|~{3,})\s*(.*)$/;
const LANGUAGE = /^\{?\s*\.?(?:dockerfile|containerfile|docker)(?![\w-])/i;
/** Also what commands of `docker` are often marked with. */
const EITHER = /^\{?\s*\.?docker(?![\w-])/i;
/** What stands for lines that are left out. */
const ELLIPSIS = /^\s*(?:#\s*)?(?:\.{3,}|\u2026|\[\s*(?:\.{3,}|\u2026)\s*\])\s*$/;
/** A fragment without FROM is a part of a stage on an image that nobody names. */
const PRELUDE = 'FROM $fragment\n';
const INSTRUCTIONS = new Set<string>(INSTRUCTION_NAMES);

/** A Dockerfile in a fenced block of Markdown (CommonMark 0.31, 4.5, 5.1 and 5.2). */
export interface Fragment {
  /** What is read: without what is before the fence, and with a FROM where it has none. */
  readonly text: string;
  /** Lines of it that the document does not have: there are some where it is only a part of a Dockerfile. */
  readonly added: number;
  /** Lines of the document, from 0, the last one included. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** Characters that the document has before each line. */
  readonly indents: readonly number[];
  /** What the document has before a new line. */
  readonly prefix: string;
}

/** All Dockerfiles in a Markdown document; a block without an end goes on to the end of what it is in. */
export function dockerfileFragments(text: string): Fragment[] {
  const lines = text.split(/\r?\n/);
  const found: Fragment[] = [];
  for (let at = 0; at < lines.length; at++) {
    const opening = OPENING.exec(lines[at] ?? '');
    if (opening === null) continue;
    const [, before = '', fence = '', info = ''] = opening;
    const closing = new RegExp(`^\\s*${fence[0]}{${fence.length},}\\s*$`);
    const first = at + 1;
    const lineOf = insideOf(before);
    const body: Line[] = [];
    for (at = first; at < lines.length; at++) {
      const line = lineOf(lines[at] ?? '');
      // The line that ends a quote or a list's item may open another fence.
      if (line === undefined) at--;
      if (line === undefined || closing.test(line.text)) break;
      body.push(line);
    }
    if (LANGUAGE.test(info) && body.length > 0 && !(EITHER.test(info) && isOther(body))) {
      found.push(fragmentOf(body, first, before));
    }
  }
  return found;
}

/** The fragment that has a place. */
export function fragmentAt(fragments: readonly Fragment[], { line }: Position): Fragment | undefined {
  return fragments.find(({ firstLine, lastLine }) => firstLine <= line && line <= lastLine);
}

/** A line of a block. */
interface Line {
  readonly text: string;
  /** Characters before it. */
  readonly indent: number;
}

const MARKER = /(?:[-*+]|\d{1,9}[.)])(?=\s)/g;

/** Takes from a line what stands before its block's fence; undefined where the line is outside of what the fence is in. */
function insideOf(before: string): (line: string) => Line | undefined {
  const quotes = new RegExp(`^(?:\\s*>){${before.split('>').length - 1}}`);
  const inside = before.slice(before.lastIndexOf('>') + 1);
  const marker = /^.*(?:[-*+]|\d[.)])(?=\s)/.exec(inside)?.[0].length ?? -1;
  return (line) => {
    const quoted = quotes.exec(line)?.[0];
    if (quoted === undefined) return undefined;
    const rest = line.slice(quoted.length);
    const blank = rest.length - rest.trimStart().length;
    if (blank < rest.length && blank <= marker) return undefined;
    const indent = quoted.length + Math.min(inside.length, blank);
    return { text: line.slice(indent), indent };
  };
}

/** Whether a block marked `docker` begins with something else than an instruction. */
function isOther(body: readonly Line[]): boolean {
  const first = body.map(({ text }) => text.trim()).find((text) => text !== '' && !text.startsWith('#'));
  if (first === undefined || ELLIPSIS.test(first)) return false;
  return !INSTRUCTIONS.has((/^\S+/.exec(first)?.[0] ?? '').toUpperCase());
}

function fragmentOf(body: readonly Line[], firstLine: number, before: string): Fragment {
  const own = body.map(({ text }) => (ELLIPSIS.test(text) ? '' : text));
  const prelude = own.some((line) => /^\s*FROM\s/i.test(line)) ? '' : PRELUDE;
  return {
    text: prelude + own.join('\n'),
    added: prelude === '' ? 0 : 1,
    firstLine,
    lastLine: firstLine + body.length - 1,
    indents: body.map(({ indent }) => indent),
    prefix: before.replace(MARKER, (marker) => ' '.repeat(marker.length)),
  };
}
