import { hasFlag, hasWord } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';
import { insertFix, rangeTo } from '../script-edits.ts';

const SUBCOMMANDS = ['install', 'groupinstall', 'localinstall'];

/** `yum install` that asks: hadolint's DL3030. */
export const yumAsks = hadolintRule(
  {
    id: 'yum-asks',
    code: 'DL3030',
    title: 'yum should not ask',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'There is nobody to answer in a build: it ends at the question.',
      bad: 'FROM centos:7\nRUN yum install httpd-2.4.6 && yum clean all',
      good: 'FROM centos:7\nRUN yum install -y httpd-2.4.6 && yum clean all',
      fix: { does: 'Adds -y.', changes: 'the build no longer ends at the question' },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('yum')) {
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
