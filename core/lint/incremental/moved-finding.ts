import type { Range } from '../../dockerfile/ast.ts';
import type { Finding } from '../finding.ts';

/**
 * A finding some lines further down. Its places are plain numbers, whatever they were: what a rule found stays as it was told,
 * and is moved by whoever keeps it.
 */
export function movedFinding(finding: Finding, by: number): Finding {
  const { lines, range, fixes } = finding;
  return {
    ...finding,
    range: movedRange(range, by),
    lines: { start: lines.start + by, end: lines.end + by },
    fixes: fixes.map((fix) => ({
      ...fix,
      edits: fix.edits.map((edit) => ({ ...edit, range: movedRange(edit.range, by) })),
    })),
  };
}

function movedRange({ start, end }: Range, by: number): Range {
  return {
    start: { line: start.line + by, character: start.character },
    end: { line: end.line + by, character: end.character },
  };
}
