import { ownRule } from '../rule.ts';

/** EXPOSE 22: a shell server in a container. */
export const exposeSsh = ownRule(
  {
    id: 'expose-ssh',
    title: 'Containers need no SSH server',
    aliases: ['DS004', 'CKV_DOCKER_1'],
    severity: 'warning',
    docs: {
      why: 'An SSH server is one more way in, with keys and updates of its own; docker exec opens a shell without it.',
      bad: 'FROM debian:13\nEXPOSE 22',
      good: 'FROM debian:13\nEXPOSE 8080',
    },
  },
  function* ({ dockerfile }) {
    for (const instruction of dockerfile.instructions) {
      if (instruction.kind !== 'EXPOSE') continue;
      for (const port of instruction.ports) {
        if (!/^22(?:\/tcp)?$/i.test(port.text)) continue;
        yield {
          message: 'Port 22 is SSH’s; docker exec opens a shell without a server',
          range: port.range,
          at: instruction.node,
        };
      }
    }
  },
);
