import type { UserInstruction } from '../../dockerfile/instructions.ts';
import { hadolintRule } from '../rule.ts';

/** A stage that ends as root although it names a user: hadolint's DL3002. */
export const lastUserRoot = hadolintRule(
  {
    id: 'last-user-root',
    code: 'DL3002',
    title: 'The last USER of a stage should not be root',
    severity: 'warning',
    docs: {
      why: 'Whoever breaks out of a process of root is root: on a shared kernel that is one mistake away from the host.',
      bad: 'FROM debian:13\nUSER root\nCMD ["app"]',
      good: 'FROM debian:13\nUSER root\nRUN install-it\nUSER 1000\nCMD ["app"]',
    },
  },
  function* ({ sections }) {
    for (const { instructions } of sections) {
      const last = instructions.findLast((each): each is UserInstruction => each.kind === 'USER');
      if (last?.user === undefined || !isRoot(last.user.text)) continue;
      yield { message: 'This stage ends as root; name a user without rights', range: last.user.range, at: last.node };
    }
  },
);

function isRoot(user: string): boolean {
  return /^(?:root|0)(?::|$)/.test(user);
}
