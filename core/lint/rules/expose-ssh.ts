import { removeItem } from '../instruction-edits.ts';
import { ownRule } from '../rule.ts';

/** EXPOSE 22: a shell server in a container. */
export const exposeSsh = ownRule(
  {
    id: 'expose-ssh',
    title: 'Containers need no SSH server',
    aliases: ['DS004', 'CKV_DOCKER_1'],
    severity: 'warning',
    scope: 'instruction',
    docs: {
      why: 'An SSH server is one more way in, with keys and updates of its own; docker exec opens a shell without it.',
      bad: 'FROM debian:13\nEXPOSE 22',
      good: 'FROM debian:13\nEXPOSE 8080',
      fix: { does: 'Removes the port.', changes: 'the image no longer names the port' },
    },
  },
  function* ({ dockerfile }) {
    for (const instruction of dockerfile.instructions) {
      if (instruction.kind !== 'EXPOSE') continue;
      for (const [index, port] of instruction.ports.entries()) {
        if (!/^22(?:\/tcp)?$/i.test(port.text)) continue;
        yield {
          message: 'Port 22 is SSH’s; docker exec opens a shell without a server',
          range: port.range,
          at: instruction.node,
          fixes: [
            {
              title: 'Remove port 22',
              edits: [
                removeItem(
                  instruction.node,
                  instruction.ports.map(({ range }) => range),
                  index,
                ),
              ],
            },
          ],
        };
      }
    }
  },
);
