import { hasFlag, hasWord } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';
import { insertFix, rangeTo } from '../script-edits.ts';

const SUBCOMMANDS = ['install', 'groupinstall', 'localinstall'];

/** `dnf install` that asks: hadolint's DL3038. */
export const dnfAsks = hadolintRule(
  {
    id: 'dnf-asks',
    code: 'DL3038',
    title: 'dnf should not ask',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'There is nobody to answer in a build: it ends at the question.',
      bad: 'FROM fedora:42\nRUN dnf install httpd-2.4.63 && dnf clean all',
      good: 'FROM fedora:42\nRUN dnf install -y httpd-2.4.63 && dnf clean all',
      fix: { does: 'Adds -y.', changes: 'the build no longer ends at the question' },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('dnf', 'microdnf')) {
      if (!hasWord(command, ...SUBCOMMANDS) || hasFlag(command, 'y', 'assumeyes')) continue;
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
