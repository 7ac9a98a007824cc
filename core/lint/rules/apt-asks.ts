import { flagsOf, hasFlag, hasWord } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';
import type { RunCommand } from '../run-scripts.ts';
import { insertFix, rangeTo } from '../script-edits.ts';

/** `apt-get install` that asks: hadolint's DL3014. */
export const aptAsks = hadolintRule(
  {
    id: 'apt-asks',
    code: 'DL3014',
    title: 'apt-get install should not ask',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'There is nobody to answer in a build: it ends at the question.',
      bad: 'FROM debian:13\nRUN apt-get update && apt-get install --no-install-recommends curl=8.14.* && rm -rf /var/lib/apt/lists/*',
      good: 'FROM debian:13\nRUN apt-get update && apt-get install -y --no-install-recommends curl=8.14.* && rm -rf /var/lib/apt/lists/*',
      fix: { does: 'Adds -y.', changes: 'the build no longer ends at the question' },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('apt-get')) {
      if (!hasWord(command, 'install') || answers(command)) continue;
      const at = command.words.indexOf('install');
      yield {
        message: 'apt-get install asks before it installs; add -y',
        range: rangeTo(command, at),
        at: script.outer.node,
        fixes: [insertFix(script, command, at, '-y')],
      };
    }
  },
);

function answers(command: RunCommand): boolean {
  const count = (flag: string): number => flagsOf(command).filter(({ text }) => text === flag).length;
  const isQuiet = count('q') >= 2 || count('quiet') >= 2 || hasWord(command, '-q=2', '--quiet=2');
  return isQuiet || hasFlag(command, 'y', 'yes', 'qq', 'assume-yes');
}
