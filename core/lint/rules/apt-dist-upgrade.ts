import { hasWord } from '../command-words.ts';
import { ownRule } from '../rule.ts';
import { rangeTo, replaceWord } from '../script-edits.ts';

/** `apt-get dist-upgrade`. */
export const aptDistUpgrade = ownRule(
  {
    id: 'apt-dist-upgrade',
    title: 'The release of a distribution changes with the base image, also with apt',
    aliases: ['DS024'],
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'It replaces and removes packages of the base at will: every build gives another system, in a layer as large as one.',
      bad: 'FROM debian:13\nRUN apt-get update && apt-get dist-upgrade -y && rm -rf /var/lib/apt/lists/*',
      good: 'FROM debian:13',
      fix: {
        does: 'Changes it to upgrade.',
        changes: 'packages are upgraded, but none is removed and no new one installed for that',
      },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('apt-get', 'apt', 'aptitude')) {
      if (!hasWord(command, 'dist-upgrade', 'full-upgrade')) continue;
      const at = command.words.findIndex((word) => /^(?:dist|full)-upgrade$/.test(word));
      yield {
        message: 'Take a newer base image instead of upgrading the distribution in a layer',
        range: rangeTo(command, at),
        at: script.outer.node,
        fixes:
          command.program === 'aptitude'
            ? []
            : [{ title: 'Change to upgrade', edits: [replaceWord(script, command, at, 'upgrade')] }],
      };
    }
  },
);
