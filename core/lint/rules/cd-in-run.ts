import { lineAbove } from '../instruction-edits.ts';
import type { Fix } from '../rule.ts';
import { hadolintRule } from '../rule.ts';
import type { RunScript } from '../run-scripts.ts';

/** `cd` where WORKDIR would do: hadolint's DL3003. */
export const cdInRun = hadolintRule(
  {
    id: 'cd-in-run',
    code: 'DL3003',
    title: 'WORKDIR changes the folder, not cd',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'What cd changes is forgotten at the end of its RUN, and readers have to keep in mind where they are.',
      bad: 'FROM debian:13\nRUN cd /src && make',
      good: 'FROM debian:13\nWORKDIR /src\nRUN make',
      fix: {
        does: 'Puts WORKDIR above the RUN.',
        changes: 'it counts for the instructions below, too, and makes the folder where there is none',
      },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('cd')) {
      yield {
        message: 'Use WORKDIR to change the folder',
        range: command.rangeOf(0, command.words.length - 1),
        at: script.outer.node,
        fixes: workdir(script),
      };
    }
  },
);

/** `cd /path && …` at the start of a RUN in one line. */
function workdir({ run, outer, shellForm, commands }: RunScript): Fix[] {
  const [first, second] = commands;
  if (shellForm === undefined || outer !== run || first?.program !== 'cd' || second === undefined) return [];
  const found = /^cd\s+(\/[\w./-]+)\s*&&\s*/.exec(shellForm.text);
  const path = found?.[1];
  const { start } = shellForm.range;
  const rest = second.rangeOf(0, 0).start;
  if (path === undefined || rest.line !== start.line || commands.filter(({ program }) => program === 'cd').length > 1) {
    return [];
  }
  return [
    {
      title: `Use WORKDIR ${path}`,
      edits: [lineAbove(outer.node, `WORKDIR ${path}`), { range: { start, end: rest }, newText: '' }],
    },
  ];
}
