import type { InstructionNode, SyntaxTree } from '../../core/dockerfile/ast.ts';
import { goQuote } from '../../core/dockerfile/go-quote.ts';

/** One instruction as BuildKit's parser describes it; lines count from 1. */
export interface BuildKitInstruction {
  readonly value: string;
  readonly original: string;
  readonly start: number;
  readonly end: number;
  readonly args?: readonly string[];
  readonly json?: boolean;
  readonly comments?: readonly string[];
  readonly flags?: readonly string[];
  readonly heredocs?: readonly {
    readonly Name: string;
    readonly FileDescriptor: number;
    readonly Expand: boolean;
    readonly Chomp: boolean;
    readonly Content: string;
  }[];
}

/** A syntax tree as BuildKit prints it. */
export function printTree({ instructions }: SyntaxTree): string {
  return instructions.map((node) => `(${printNode(node)})`).join('\n');
}

function printNode({ keyword, flags, args, trigger }: InstructionNode): string {
  const parts = [keyword.text.toLowerCase()];
  if (flags.length > 0) parts.push(`[${flags.map(({ text }) => goQuote(text)).join(' ')}]`);
  if (trigger !== undefined) parts.push(`(${printNode(trigger)})`);
  parts.push(...args.map(({ text }) => goQuote(text)));
  return parts.join(' ').trim();
}

/** An instruction as BuildKit's parser describes it. */
export function describeInstruction(node: InstructionNode): BuildKitInstruction {
  const args = wordsOf(node);
  return {
    value: node.keyword.text,
    original: node.original,
    start: node.startLine + 1,
    end: node.endLine + 1,
    ...(args.length > 0 && { args }),
    ...(node.json && { json: true }),
    ...(node.docComment.length > 0 && { comments: node.docComment.map(({ text }) => text) }),
    ...(node.flags.length > 0 && { flags: node.flags.map(({ text }) => text) }),
    ...(node.heredocs.length > 0 && {
      heredocs: node.heredocs.map(({ name, fileDescriptor, expand, chomp, content }) => ({
        Name: name,
        FileDescriptor: fileDescriptor,
        Expand: expand,
        Chomp: chomp,
        Content: content,
      })),
    }),
  };
}

/** BuildKit keeps what stands behind ONBUILD apart, and leaves an empty word in its place. */
function wordsOf({ args, trigger }: InstructionNode): string[] {
  return trigger === undefined ? args.map(({ text }) => text) : [''];
}
