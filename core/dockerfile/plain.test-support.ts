import { AnchoredNode, AnchoredPosition, AnchoredRange } from './line-anchor.ts';

/** A copy of what was read version after version as it would be if it had been read once: its places are plain numbers. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof AnchoredPosition) return value.toJSON();
  if (value instanceof AnchoredRange) return plain(value.toJSON());
  const entries = Object.entries(value).map(([key, each]) => [key, plain(each)] as const);
  if (!(value instanceof AnchoredNode)) return Object.fromEntries(entries);
  const { startLine, commandEndLine, endLine, emptyContinuationLines } = value;
  const inner = new Set(['anchor', 'commandLines', 'lines', 'emptyLines']);
  const own = entries.filter(([key]) => !inner.has(key));
  return { ...Object.fromEntries(own), startLine, commandEndLine, endLine, emptyContinuationLines };
}
