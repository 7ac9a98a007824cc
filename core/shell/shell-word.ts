import type { ShellNode } from './shell-node.ts';

/** A word of a command: quotes and escapes taken off, every variable as `${NAME}`. */
export interface ShellWord {
  readonly text: string;
  /** Offsets into the script. */
  readonly start: number;
  readonly end: number;
  /** Whether the shell has nothing to put in its place. */
  readonly literal: boolean;
}

/** Reads a node of a command that is one of its words. */
export function shellWord(node: ShellNode, script: string): ShellWord {
  return { text: textOf(node, script), start: node.start, end: node.end, literal: isLiteral(node) };
}

function textOf(node: ShellNode, script: string): string {
  const source = script.slice(node.start, node.end);
  switch (node.type) {
    case 'raw_string':
      return source.slice(1, -1);
    case 'ansi_c_string':
      return source.slice(2, -1);
    case 'string':
      return inside(node, script, node.start + 1, node.end - 1, /\\([\\"$`])/g);
    case 'translated_string':
    case 'command_name':
    case 'concatenation':
      return inside(node, script, node.start, node.end, /\\([\s\S])/g);
    case 'simple_expansion':
      return `\${${source.slice(1)}}`;
    case 'command_substitution':
      return source.startsWith('$(') ? `\${${source.slice(2, -1)}}` : '${VAR}';
    case 'arithmetic_expansion':
      return '${VAR}';
    case 'expansion':
    case 'process_substitution':
      return source;
    case 'word':
    case 'string_content':
      return source.replace(/\\([\s\S])/g, (_, char: string) => (char === '\n' ? '' : char));
    default:
      return source;
  }
}

/** The text of what stands between two offsets: children by what they come to, all else by itself. */
function inside(node: ShellNode, script: string, start: number, end: number, escapes: RegExp): string {
  let text = '';
  let at = start;
  const plain = (to: number): string => (to > at ? script.slice(at, to).replace(escapes, '$1') : '');
  for (const child of node.children) {
    if (!child.named || child.type === 'string_content' || child.start < at || child.end > end) continue;
    text += plain(child.start) + textOf(child, script);
    at = child.end;
  }
  return text + plain(end);
}

const EXPANDED: ReadonlySet<string> = new Set([
  'simple_expansion',
  'expansion',
  'command_substitution',
  'arithmetic_expansion',
  'process_substitution',
]);

function isLiteral({ type, children }: ShellNode): boolean {
  return !EXPANDED.has(type) && children.every(isLiteral);
}
