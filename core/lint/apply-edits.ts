import type { Position } from '../dockerfile/ast.ts';
import type { TextEdit } from './rule.ts';

/** The text with edits made that do not overlap; a place behind the end of a line or of the text is that end. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const offsetOf = ({ line, character }: Position): number => {
    const start = starts[line] ?? text.length;
    return Math.min(start + character, (starts[line + 1] ?? text.length + 1) - 1);
  };
  let result = '';
  let done = 0;
  const ordered = edits
    .map(({ range, newText }) => ({ start: offsetOf(range.start), end: offsetOf(range.end), newText }))
    .sort((a, b) => a.start - b.start);
  for (const { start, end, newText } of ordered) {
    result += text.slice(done, start) + newText;
    done = end;
  }
  return result + text.slice(done);
}
