import type { Token } from '../dockerfile/ast.ts';
import type { Instruction } from '../dockerfile/instructions.ts';
import type { FileTree, TreeEntry } from '../plan/file-tree.ts';
import { contextCopy, entriesBelow, listed, sourcePath } from './copied-files.ts';
import type { Report, RuleContext } from './rule.ts';

/** Whether a file or folder of this name belongs into no image. */
export type Unwanted = (name: string, type: TreeEntry['type']) => boolean;

/** Reports each source of COPY and ADD that brings what is unwanted. */
export function* unwantedReports(
  { dockerfile, options: { context } }: RuleContext,
  unwanted: Unwanted,
): Generator<Report> {
  if (context === undefined) return;
  for (const instruction of dockerfile.instructions) {
    for (const { source, entries } of unwantedSources(instruction, context.tree, unwanted)) {
      const message = `This brings ${listed(entries)}; leave it out by .dockerignore`;
      yield { message, range: source.range, at: instruction.node };
    }
  }
}

/** What is unwanted, by the source that brings it; nothing where `--exclude` may keep it out. */
export function unwantedSources(
  instruction: Instruction,
  tree: FileTree,
  unwanted: Unwanted,
): { readonly source: Token; readonly entries: readonly TreeEntry[] }[] {
  const copy = contextCopy(instruction);
  if (copy === undefined || copy.exclude.length > 0) return [];
  return copy.sources.flatMap((source) => {
    const path = source.kind === 'path' ? sourcePath(source.path.text) : undefined;
    if (source.kind !== 'path' || path === undefined) return [];
    const entries = entriesBelow(tree, path, ({ type }, name) => unwanted(name, type));
    return entries.length === 0 ? [] : [{ source: source.path, entries }];
  });
}
