import { flagValues, hasFlag } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';
import { insertFix } from '../script-edits.ts';

/** `useradd` with a high uid: hadolint's DL3046. */
export const useraddHighUid = hadolintRule(
  {
    id: 'useradd-high-uid',
    code: 'DL3046',
    title: 'useradd with a high uid needs -l',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'useradd keeps logs indexed by uid: a high one makes a file of gigabytes, sparse on the machine but not in the layer.',
      bad: 'FROM debian:13\nRUN useradd -u 123456 app',
      good: 'FROM debian:13\nRUN useradd -l -u 123456 app',
      fix: { does: 'Adds -l.', changes: 'the user is not put into the logs of logins' },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('useradd')) {
      if (hasFlag(command, 'l', 'no-log-init')) continue;
      const isHigh = flagValues(command, 'u', 'uid').some((uid) => /^\d{6,}$/.test(uid));
      if (!isHigh) continue;
      yield {
        message: 'useradd would write huge logs of logins for this uid; add -l',
        range: command.rangeOf(0, command.words.length - 1),
        at: script.outer.node,
        fixes: [insertFix(script, command, 0, '-l')],
      };
    }
  },
);
