import { hasWord } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';

/** `ln … /bin/sh`: hadolint's DL4005. */
export const shellByLink = hadolintRule(
  {
    id: 'shell-by-link',
    code: 'DL4005',
    title: 'SHELL changes the shell, not a link',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'Scripts of the image that ask for /bin/sh get another shell, too.',
      bad: 'FROM debian:13\nRUN ln -sf /bin/bash /bin/sh',
      good: 'FROM debian:13\nSHELL ["/bin/bash", "-c"]',
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('ln')) {
      if (!hasWord(command, '/bin/sh')) continue;
      yield {
        message: 'Use SHELL to have RUN read by another shell',
        range: command.rangeOf(0, command.words.length - 1),
        at: script.outer.node,
      };
    }
  },
);
