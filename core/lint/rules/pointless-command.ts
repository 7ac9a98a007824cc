import { hadolintRule } from '../rule.ts';

const POINTLESS = ['free', 'ifconfig', 'kill', 'mount', 'ps', 'reboot', 'service', 'shutdown', 'ssh', 'top', 'vim'];

/** Commands that look after a running machine, in a build: hadolint's DL3001. */
export const pointlessCommand = hadolintRule(
  {
    id: 'pointless-command',
    code: 'DL3001',
    title: 'Commands for a running machine have no place in a build',
    severity: 'info',
    scope: 'script',
    docs: {
      why: 'A build has no services, no terminal and no processes of its own: what the command changes is gone when the layer is done.',
      bad: 'FROM debian:13\nRUN service nginx start',
      good: 'FROM debian:13\nCMD ["nginx", "-g", "daemon off;"]',
      fix: { none: 'What the command was to do belongs into what the container starts, or into nothing.' },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of(...POINTLESS)) {
      yield {
        message: `${command.program} does nothing that lasts in an image`,
        range: command.rangeOf(0, 0),
        at: script.outer.node,
      };
    }
  },
);
