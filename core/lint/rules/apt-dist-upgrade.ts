import { hasWord } from '../command-words.ts';
import { ownRule } from '../rule.ts';
import { rangeTo } from '../script-edits.ts';

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
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('apt-get', 'apt', 'aptitude')) {
      if (!hasWord(command, 'dist-upgrade', 'full-upgrade')) continue;
      yield {
        message: 'Take a newer base image instead of upgrading the distribution in a layer',
        range: rangeTo(
          command,
          command.words.findIndex((word) => /upgrade$/.test(word)),
        ),
        at: script.outer.node,
      };
    }
  },
);
