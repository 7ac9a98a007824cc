import { hasFlag, hasWord } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';
import { insertFix, rangeTo } from '../script-edits.ts';

const SUBCOMMANDS = ['install', 'in', 'remove', 'rm', 'source-install', 'si', 'patch'];

/** `zypper install` that asks: hadolint's DL3034. */
export const zypperAsks = hadolintRule(
  {
    id: 'zypper-asks',
    code: 'DL3034',
    title: 'zypper should not ask',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'There is nobody to answer in a build: it ends at the question.',
      bad: 'FROM opensuse/leap:15.6\nRUN zypper install httpd=2.4.46 && zypper clean',
      good: 'FROM opensuse/leap:15.6\nRUN zypper install -y httpd=2.4.46 && zypper clean',
      fix: { does: 'Adds -y.', changes: 'the build no longer ends at the question' },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('zypper')) {
      if (!hasWord(command, ...SUBCOMMANDS) || hasFlag(command, 'non-interactive', 'n', 'no-confirm', 'y')) continue;
      const at = command.words.findIndex((word) => SUBCOMMANDS.includes(word));
      yield {
        message: `${command.program} asks before it goes on; add -y`,
        range: rangeTo(command, at),
        at: script.outer.node,
        fixes: [insertFix(script, command, at, '-y')],
      };
    }
  },
);
