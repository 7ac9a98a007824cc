import type { DocLine, InstructionNode } from './ast.ts';
import { AnchoredNode, AnchoredPosition, type LineAnchor } from './line-anchor.ts';

/**
 * Instructions of a document's last version, so that the next one parses only what changed. An instruction is known by its
 * source where it stood, or as far from the end of the text as it stood; there it is moved.
 */
export class ParseMemory {
  private readonly byLine = new Map<number, AnchoredNode>();
  private readonly taken = new Set<AnchoredNode>();
  private readonly movedAnchors: LineAnchor[] = [];

  /** Takes instructions that were parsed without a problem; `moved`: by how many lines the end of the text has moved. */
  constructor(
    readonly escapeToken: '\\' | '`',
    nodes: readonly InstructionNode[],
    private readonly moved: number,
  ) {
    for (const node of nodes) if (node instanceof AnchoredNode) this.byLine.set(node.startLine, node);
  }

  /** Whether there is nothing to know again. */
  get isEmpty(): boolean {
    return this.byLine.size === 0;
  }

  /** The instruction that starts with that very source, moved to the line; `startsWith` compares the text there. */
  take(line: number, startsWith: (source: string) => boolean): AnchoredNode | undefined {
    const node = this.knownAt(line, startsWith) ?? this.knownAt(line - this.moved, startsWith);
    if (node === undefined) return undefined;
    this.taken.add(node);
    if (node.startLine !== line) for (const anchor of anchorsOf(node)) this.move(anchor);
    return node;
  }

  /** An instruction that was taken, below a comment: the very same where that is. */
  withComment(node: AnchoredNode, comment: readonly DocLine[]): AnchoredNode {
    return sameLines(node.docComment, comment) ? node : node.below(comment);
  }

  /** Takes back what was moved: the text is to be parsed in another way. */
  undo(): void {
    for (const anchor of this.movedAnchors) anchor.line -= this.moved;
  }

  private knownAt(line: number, startsWith: (source: string) => boolean): AnchoredNode | undefined {
    const node = this.byLine.get(line);
    return node !== undefined && !this.taken.has(node) && startsWith(node.source) ? node : undefined;
  }

  private move(anchor: LineAnchor): void {
    anchor.line += this.moved;
    this.movedAnchors.push(anchor);
  }
}

/** What the places of an instruction hang on: its own anchor, and those of the comment above it. */
export function anchorsOf({ anchor, docComment }: AnchoredNode): LineAnchor[] {
  const above = docComment.flatMap(({ range: { start } }) => (start instanceof AnchoredPosition ? [start.anchor] : []));
  return [anchor, ...above];
}

function sameLines(a: readonly DocLine[], b: readonly DocLine[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ text, range: { start, end } }, index) => {
      const other = b[index];
      const isThere = start.line === other?.range.start.line && start.character === other.range.start.character;
      return isThere && text === other.text && end.character === other.range.end.character;
    })
  );
}
