import type { Token } from '../../dockerfile/ast.ts';
import type { Instruction } from '../../dockerfile/instructions.ts';
import { type Fix, ownRule } from '../rule.ts';

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
      fix: 'Removes the port: the image does not name it any more.',
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
          fixes: removal(instruction, instruction.ports, port),
        };
      }
    }
  },
);

/** The port with the blanks before it; of an instruction that names no other, the whole lines. */
function removal({ node }: Instruction, ports: readonly Token[], port: Token): Fix[] {
  const title = 'Remove port 22';
  if (ports.length === 1) {
    const range = {
      start: { line: node.startLine, character: 0 },
      end: { line: node.range.end.line + 1, character: 0 },
    };
    return [{ title, edits: [{ range, newText: '' }] }];
  }
  const index = ports.indexOf(port);
  const before = ports[index - 1]?.range.end ?? node.keyword.range.end;
  if (before.line !== port.range.start.line) return [];
  return [{ title, edits: [{ range: { start: before, end: port.range.end }, newText: '' }] }];
}
