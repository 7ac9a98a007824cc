import { hasWord } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';
import { rangeTo } from '../script-edits.ts';

/** `zypper dist-upgrade`: hadolint's DL3035. */
export const zypperDistUpgrade = hadolintRule(
  {
    id: 'zypper-dist-upgrade',
    code: 'DL3035',
    title: 'The release of a distribution changes with the base image',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'An upgrade to another release puts a whole distribution into one layer, on top of the old one.',
      bad: 'FROM opensuse/leap:15.5\nRUN zypper dist-upgrade -y',
      good: 'FROM opensuse/leap:15.6',
      fix: { none: 'Which release is built on says FROM; packages of the newer one may have other names.' },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('zypper')) {
      if (!hasWord(command, 'dist-upgrade', 'dup')) continue;
      yield {
        message: 'Take a newer base image instead of upgrading the distribution in a layer',
        range: rangeTo(command, 1),
        at: script.outer.node,
      };
    }
  },
);
