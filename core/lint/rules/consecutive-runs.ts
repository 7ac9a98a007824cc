import { joinRuns, runFlags } from '../join-runs.ts';
import { hadolintRule } from '../rule.ts';
import type { RunScript } from '../run-scripts.ts';
import { isPosixShell } from '../script-shell.ts';

/** RUNs of few commands, one after the other: hadolint's DL3059. */
export const consecutiveRuns = hadolintRule(
  {
    id: 'consecutive-runs',
    code: 'DL3059',
    title: 'Short RUNs in a row can be one',
    severity: 'info',
    scope: 'stage',
    docs: {
      why: 'Each RUN is a layer: what one brings and the next takes away stays in the image.',
      bad: 'FROM debian:13\nRUN make\nRUN make install',
      good: 'FROM debian:13\nRUN make \\\n    && make install',
      fix: {
        does: 'Joins the two RUNs with &&.',
        changes: 'one layer less; what the first leaves set in its shell counts for the second',
      },
    },
  },
  function* ({ dockerfile, scripts }) {
    const byOuter = new Map(scripts.map((script) => [script.outer, script]));
    let before: RunScript | undefined;
    let first: RunScript | undefined;
    for (const outer of dockerfile.instructions) {
      const script = outer.kind === 'RUN' ? byOuter.get(outer) : undefined;
      if (script === undefined) {
        before = undefined;
        first = undefined;
        continue;
      }
      if (first === undefined || runFlags(first) !== runFlags(script) || isLong(first) || isLong(script))
        first = script;
      else {
        yield {
          message: 'This RUN and the one above can be one, which makes a layer less',
          range: outer.node.keyword.range,
          at: outer.node,
          fixes: before === undefined ? [] : joinRuns(before, script, dockerfile.syntax.escape),
        };
      }
      before = script;
    }
  },
);

/** Whoever joins several commands meant them to be together, and apart from others. */
function isLong({ commands, shell, run: { command } }: RunScript): boolean {
  if (!isPosixShell(shell)) return command.form === 'shell' && /[;&|]/.test(command.text.text);
  return commands.filter(({ wrapped }) => !wrapped).length > 1;
}
