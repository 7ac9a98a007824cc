import { commandIndent } from './instruction-edits.ts';
import type { Fix } from './rule.ts';
import type { RunScript } from './run-scripts.ts';

/** Makes one RUN of two that stand one below the other; nothing where `&&` would not mean the same as the end of a RUN. */
export function joinRuns(above: RunScript, below: RunScript, continuation: string): Fix[] {
  if (above.shellForm === undefined || below.shellForm === undefined) return [];
  if (
    above.commands.length === 0 ||
    runFlags(above) !== runFlags(below) ||
    below.run.node.docComment.length > 0 ||
    /(?:^|\s)#|[;&|\\]\s*$/.test(above.shellForm.text) ||
    // Behind `;` and `||` a command would run also where the RUN above fails.
    /\|\||;|(?<!&)&(?!&)/.test(below.shellForm.text)
  ) {
    return [];
  }
  const range = { start: above.shellForm.range.end, end: below.shellForm.range.start };
  const newText = ` ${continuation}\n${commandIndent(above.run.node, below.run.node)}&& `;
  return [{ title: 'Join with the RUN above', edits: [{ range, newText }] }];
}

/** The flags of a RUN, in one order. */
export function runFlags({ run }: RunScript): string {
  return run.node.flags
    .map(({ text }) => text)
    .sort()
    .join(' ');
}
