import type { Range } from '../../dockerfile/ast.ts';
import { buildKitUrl, type Rule } from '../rule.ts';

/** A blank line between continued lines: tolerated today, an error tomorrow. */
export const noEmptyContinuation: Rule = {
  id: 'no-empty-continuation',
  code: 'NoEmptyContinuation',
  title: 'Empty continuation lines will become errors in a future release',
  aliases: [],
  severity: 'warning',
  scope: 'instruction',
  docs: {
    why: 'A blank line inside an instruction is deprecated and will end it one day.',
    bad: 'FROM debian:13\nRUN make && \\\n\n    make install',
    good: 'FROM debian:13\nRUN make && \\\n    make install',
    fix: { does: 'Removes the blank line.', sameImage: true },
  },
  url: buildKitUrl('no-empty-continuation'),
  wholeFile: true,
  *check(context) {
    for (const node of context.dockerfile.syntax.instructions) {
      if (node.emptyContinuationLines.length === 0) continue;
      const blank = node.emptyContinuationLines.map((line) => wholeLine(line, context.lines));
      const [first] = blank;
      if (first === undefined) continue;
      const edits = blank.map((range) => ({ range, newText: '' }));
      const title = edits.length === 1 ? 'Remove the empty line' : 'Remove the empty lines';
      yield {
        message: 'Empty continuation line',
        range: first,
        at: { ...node, startLine: node.commandEndLine, endLine: node.commandEndLine },
        judged: node,
        fixes: [{ title, preferred: true, edits }],
      };
    }
  },
};

/** With its end, where it has one. */
function wholeLine(line: number, lines: readonly string[]): Range {
  const start = { line, character: 0 };
  const end =
    line + 1 < lines.length ? { line: line + 1, character: 0 } : { line, character: lines[line]?.length ?? 0 };
  return { start, end };
}
