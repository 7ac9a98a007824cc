import { hasWord, operands } from '../command-words.ts';
import { type Fix, hadolintRule } from '../rule.ts';
import type { RunScript } from '../run-scripts.ts';

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
      fix: {
        does: 'Puts SHELL in the place of a RUN that does nothing else.',
        changes: '/bin/sh of the image stays what it is; RUNs below are read by the other shell',
      },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('ln')) {
      if (!hasWord(command, '/bin/sh')) continue;
      yield {
        message: 'Use SHELL to have RUN read by another shell',
        range: command.rangeOf(0, command.words.length - 1),
        at: script.outer.node,
        fixes: shellInstead(script),
      };
    }
  },
);

function shellInstead({ outer, run, commands, shellForm }: RunScript): Fix[] {
  const [link, ...others] = commands;
  if (outer !== run || shellForm === undefined || link === undefined || others.length > 0) return [];
  const [target, ...rest] = operands(link).map(({ text }) => text);
  if (!/^\/[\w./-]+$/.test(target ?? '') || target === '/bin/sh' || rest.length !== 1) return [];
  if (!/^ln(?:\s+[\w./-]+)+$/.test(shellForm.text)) return [];
  const newText = `SHELL ["${target}", "-c"]`;
  return [{ title: `Change to ${newText}`, edits: [{ range: outer.node.range, newText }] }];
}
