import type { Range } from '../../dockerfile/ast.ts';
import type { Finding } from '../finding.ts';

/** A finding that lies in one instruction, where that has moved by some lines. */
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
