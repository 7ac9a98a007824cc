import { hadolintRule } from '../rule.ts';
import { replaceWord } from '../script-edits.ts';

const IN_APT_GET = ['install', 'update', 'upgrade', 'remove', 'purge', 'autoremove', 'clean', 'autoclean', 'build-dep'];

/** `apt`, which is made for people: hadolint's DL3027. */
export const aptForPeople = hadolintRule(
  {
    id: 'apt-for-people',
    code: 'DL3027',
    title: 'Scripts use apt-get, people use apt',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'apt warns by itself that its command line may change from one version to the next.',
      bad: 'FROM debian:13\nRUN apt update && rm -rf /var/lib/apt/lists/*',
      good: 'FROM debian:13\nRUN apt-get update && rm -rf /var/lib/apt/lists/*',
      fix: {
        does: 'Changes apt to apt-get.',
        changes: 'apt-get has no progress bar and no colours, and ignores settings for apt alone',
      },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('apt')) {
      const isKnown = command.words.some((word) => IN_APT_GET.includes(word));
      const edits = isKnown ? [replaceWord(script, command, 0, 'apt-get')] : [];
      yield {
        message: 'Use apt-get or apt-cache: apt is made for people',
        range: command.rangeOf(0, 0),
        at: script.outer.node,
        fixes: edits.length === 0 ? [] : [{ title: 'Change to apt-get', edits }],
      };
    }
  },
);
