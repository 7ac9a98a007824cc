import { hasWord } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';
import type { RunCommand } from '../run-scripts.ts';
import { insertFix, rangeTo } from '../script-edits.ts';

const FLAG = '--no-install-recommends';

/** `apt-get install` without `--no-install-recommends`: hadolint's DL3015. */
export const aptRecommendsInstalled = hadolintRule(
  {
    id: 'apt-recommends-installed',
    code: 'DL3015',
    title: 'apt-get install should not bring packages that are only recommended',
    severity: 'info',
    scope: 'script',
    docs: {
      why: 'Recommended packages are often larger than what was asked for.',
      bad: 'FROM debian:13\nRUN apt-get update && apt-get install -y curl=8.14.* && rm -rf /var/lib/apt/lists/*',
      good: 'FROM debian:13\nRUN apt-get update && apt-get install -y --no-install-recommends curl=8.14.* && rm -rf /var/lib/apt/lists/*',
      fix: {
        does: 'Adds the flag.',
        changes: 'recommended packages are no longer installed: what needs them has to name them',
      },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('apt-get')) {
      if (!hasWord(command, 'install') || leavesOut(command)) continue;
      const at = command.words.indexOf('install');
      yield {
        message: `apt-get install brings recommended packages too; add ${FLAG} and name those that are needed`,
        range: rangeTo(command, at),
        at: script.outer.node,
        fixes: [insertFix(script, command, at, FLAG)],
      };
    }
  },
);

function leavesOut({ words }: RunCommand): boolean {
  return words.some((word) => word === FLAG || /APT::Install-Recommends=(?:0|no|false)$/i.test(word));
}
