import type { Position } from '../../core/dockerfile/ast.ts';

const OPENING = /^(\s*)(`{3,}(?!.*`)|~{3,})\s*(.*)$/;
const LANGUAGE = /^\{?\s*\.?(?:dockerfile|containerfile|docker)(?![\w-])/i;
/** What stands for lines that are left out. */
const ELLIPSIS = /^\s*(?:#\s*)?(?:\.\.\.|\u2026)\s*$/;
/** A fragment without FROM is a part of a stage on an image that nobody names. */
const PRELUDE = 'FROM $fragment\n';

/** A Dockerfile in a fenced block of Markdown (CommonMark 0.31, 4.5). */
export interface Fragment {
  /** What is read: without the fence's indentation, and with a FROM where it has none. */
  readonly text: string;
  /** Lines of it that the document does not have. */
  readonly added: number;
  /** Lines of the document, from 0, the last one included. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** Characters that the document has before each line. */
  readonly indents: readonly number[];
}

/** All Dockerfiles in a Markdown document; a block without an end goes on to the end. */
export function dockerfileFragments(text: string): Fragment[] {
  const lines = text.split(/\r?\n/);
  const found: Fragment[] = [];
  for (let at = 0; at < lines.length; at++) {
    const opening = OPENING.exec(lines[at] ?? '');
    if (opening === null) continue;
    const [, indent = '', fence = '', info = ''] = opening;
    const closing = new RegExp(`^\\s*${fence[0]}{${fence.length},}\\s*$`);
    const first = at + 1;
    for (at = first; at < lines.length && !closing.test(lines[at] ?? ''); ) at++;
    if (LANGUAGE.test(info) && at > first) found.push(fragmentOf(lines.slice(first, at), first, indent.length));
  }
  return found;
}

/** The fragment that has a place. */
export function fragmentAt(fragments: readonly Fragment[], { line }: Position): Fragment | undefined {
  return fragments.find(({ firstLine, lastLine }) => firstLine <= line && line <= lastLine);
}

function fragmentOf(body: readonly string[], firstLine: number, indent: number): Fragment {
  const indents = body.map((line) => Math.min(indent, /^\s*/.exec(line)?.[0].length ?? 0));
  const own = body.map((line, index) => (ELLIPSIS.test(line) ? '' : line.slice(indents[index])));
  const prelude = own.some((line) => /^\s*FROM\s/i.test(line)) ? '' : PRELUDE;
  return {
    text: prelude + own.join('\n'),
    added: prelude === '' ? 0 : 1,
    firstLine,
    lastLine: firstLine + body.length - 1,
    indents,
  };
}
