import { hadolintRule } from '../rule.ts';
import { unquoted } from '../source-kind.ts';
import { workdirRelativePath } from './workdir-relative-path.ts';

/** A relative WORKDIR that an absolute one is above, so that only hadolint has something against it: its DL3000. */
export const workdirNotAbsolute = hadolintRule(
  {
    id: 'workdir-not-absolute',
    code: 'DL3000',
    title: 'WORKDIR should be absolute',
    severity: 'error',
    scope: 'instruction',
    docs: {
      why: 'A relative folder means another one as soon as a line above it changes.',
      bad: 'FROM debian:13\nWORKDIR /srv\nWORKDIR app',
      good: 'FROM debian:13\nWORKDIR /srv\nWORKDIR /srv/app',
    },
  },
  function* (context) {
    const told = new Set([...workdirRelativePath.check(context)].map(({ at }) => at));
    for (const { kind, node, ...instruction } of context.dockerfile.instructions) {
      if (kind !== 'WORKDIR' || told.has(node) || !('path' in instruction)) continue;
      const { path } = instruction;
      if (path === undefined || /^(?:[/\\$]|[A-Za-z]:)/.test(unquoted(path.text))) continue;
      yield {
        message: `${path.text} hangs on the WORKDIR above it; write the whole path`,
        range: path.range,
        at: node,
      };
    }
  },
);
