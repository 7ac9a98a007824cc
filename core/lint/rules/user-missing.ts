import { ownRule } from '../rule.ts';
import { hasKind, lineageOf } from '../sections.ts';

/** An image without USER. */
export const userMissing = ownRule(
  {
    id: 'user-missing',
    title: 'Images should name a user',
    aliases: ['DS002', 'CKV_DOCKER_3'],
    severity: 'info',
    looksAt: ['FROM', 'ARG', 'USER', 'CMD', 'ENTRYPOINT'],
    off: true,
    docs: {
      why: 'Without USER containers run as root, unless the base image says otherwise. Off unless asked for: often it does.',
      bad: 'FROM debian:13\nCMD ["app"]',
      good: 'FROM debian:13\nUSER 1000\nCMD ["app"]',
      fix: { none: 'Which user the program can run as hangs on the files and ports that it needs.' },
    },
  },
  function* ({ sections }) {
    const last = sections.at(-1);
    if (last?.from === undefined || last.instructions.length === 0) return;
    if (lineageOf(last).some((section) => hasKind(section, 'USER'))) return;
    if (!hasKind(last, 'CMD') && !hasKind(last, 'ENTRYPOINT')) return;
    const { node, image } = last.from;
    yield {
      message: 'No USER says who runs the image; by default that is root',
      range: image?.range ?? node.range,
      at: node,
    };
  },
);
