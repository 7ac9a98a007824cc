import type { Instruction, UserInstruction } from '../../dockerfile/instructions.ts';
import { type Fix, hadolintRule } from '../rule.ts';

/** A stage that ends as root although it names a user: hadolint's DL3002. */
export const lastUserRoot = hadolintRule(
  {
    id: 'last-user-root',
    code: 'DL3002',
    title: 'The last USER of a stage should not be root',
    severity: 'warning',
    scope: 'stage',
    docs: {
      why: 'Whoever breaks out of a process of root is root: on a shared kernel that is one mistake away from the host.',
      bad: 'FROM debian:13\nUSER root\nCMD ["app"]',
      good: 'FROM debian:13\nUSER root\nRUN install-it\nUSER 1000\nCMD ["app"]',
      fix: { does: 'Goes back at the end to the user that was named before.', changes: 'containers run as that user' },
    },
  },
  function* ({ sections }) {
    for (const { instructions } of sections) {
      const last = instructions.findLast(isUser);
      if (last?.user === undefined || !isRoot(last.user.text)) continue;
      yield {
        message: 'This stage ends as root; name a user without rights',
        range: last.user.range,
        at: last.node,
        fixes: returning(instructions),
      };
    }
  },
);

function isRoot(user: string): boolean {
  return /^(?:root|0)(?::|$)/.test(user);
}

function isUser(instruction: Instruction): instruction is UserInstruction {
  return instruction.kind === 'USER';
}

/** Behind the last instruction, where another user was in force before root was. */
function returning(instructions: readonly Instruction[]): Fix[] {
  const before = instructions.filter(isUser).findLast(({ user }) => user !== undefined && !isRoot(user.text));
  const end = instructions.at(-1)?.node.range.end;
  if (before?.user === undefined || end === undefined) return [];
  const line = `${before.node.keyword.text} ${before.user.text}`;
  return [{ title: `Add ${line} at the end`, edits: [{ range: { start: end, end }, newText: `\n${line}` }] }];
}
