import { ownRule } from '../rule.ts';

/** What locks, unlocks, ages or shows a password, or takes it away: none is set. */
const KEEPS = /^-[aldeuSnxwi]|^--(?:all|lock|delete|expire|unlock|status|mindays|maxdays|warndays|inactive)\b/;

/** `chpasswd` and its like. */
export const passwordInRun = ownRule(
  {
    id: 'password-in-run',
    title: 'Images should hold no passwords',
    aliases: ['CKV2_DOCKER_17'],
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'The password is in the history of the image, and the same in every container.',
      bad: 'FROM debian:13\nRUN echo root:secret | chpasswd',
      good: 'FROM debian:13\nUSER 1000',
      fix: { none: 'Who logs in, if anybody has to, and how without a password, is known to the author alone.' },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('chpasswd', 'passwd')) {
      if (command.program === 'passwd' && command.words.some((word) => KEEPS.test(word))) continue;
      yield {
        message: 'A password that a build sets is in the image for everybody to read',
        range: command.rangeOf(0, 0),
        at: script.outer.node,
      };
    }
  },
);
