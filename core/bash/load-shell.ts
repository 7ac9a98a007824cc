import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Language, Parser, type TreeCursor } from 'web-tree-sitter';
import type { ParseShell, ShellNode } from '../shell/shell-node.ts';
import { ShellReader } from '../shell/shell-script.ts';

/** Loads tree-sitter and its grammar of bash, whose two `.wasm` files lie in a folder. Error: what the file system says. */
export async function loadShell(folder: string): Promise<ShellReader> {
  return new ShellReader(await loadParser(join(folder, 'web-tree-sitter.wasm'), join(folder, 'tree-sitter-bash.wasm')));
}

/** The same, of files wherever they lie. */
export async function loadParser(engine: string, grammar: string): Promise<ParseShell> {
  const [wasmBinary, bash] = await Promise.all([readFile(engine), readFile(grammar)]);
  await Parser.init({ wasmBinary });
  const parser = new Parser();
  parser.setLanguage(await Language.load(bash));
  const kinds = new Map<number, Kind>();
  return (script) => {
    const tree = parser.parse(script);
    if (tree === null) throw new Error('the parser of shell scripts has no language');
    const cursor = tree.walk();
    try {
      return toNode(cursor, kinds);
    } finally {
      cursor.delete();
      tree.delete();
    }
  };
}

type Kind = Pick<ShellNode, 'type' | 'named'>;

/** Levels of a tree; what lies below is left out, as recursion over it would overflow the stack. Each `&&` is a level. */
const DEEPEST = 2000;

/** What tree-sitter keeps in its own memory, as plain objects. `kinds`: those known by now, by their ids; every question costs. */
function toNode(cursor: TreeCursor, kinds: Map<number, Kind>, depth = 0): ShellNode {
  const { nodeTypeId: id, startIndex: start, endIndex: end } = cursor;
  const kind = kinds.get(id) ?? { type: cursor.nodeType, named: cursor.nodeIsNamed };
  kinds.set(id, kind);
  const children = depth < DEEPEST && cursor.gotoFirstChild() ? childrenFrom(cursor, kinds, depth + 1) : NONE;
  return { type: kind.type, named: kind.named, start, end, children };
}

const NONE: readonly ShellNode[] = [];

/** The node that the cursor is at and those after it; the cursor is at their parent then. */
function childrenFrom(cursor: TreeCursor, kinds: Map<number, Kind>, depth: number): readonly ShellNode[] {
  const children: ShellNode[] = [];
  do children.push(toNode(cursor, kinds, depth));
  while (cursor.gotoNextSibling());
  cursor.gotoParent();
  // Without the room that a growing array has for more: trees are remembered.
  return children.slice();
}
