import { cleanPath } from '../../match/clean-path.ts';
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
    scope: 'stage',
    docs: {
      why: 'A relative folder means another one as soon as a line above it changes.',
      bad: 'FROM debian:13\nWORKDIR /srv\nWORKDIR app',
      good: 'FROM debian:13\nWORKDIR /srv\nWORKDIR /srv/app',
      fix: { does: 'Writes the whole path.', sameImage: true },
    },
  },
  function* (context) {
    const told = new Set([...workdirRelativePath.check(context)].map(({ at }) => at));
    let folder: string | undefined;
    for (const instruction of context.dockerfile.instructions) {
      if (instruction.kind === 'FROM') folder = undefined;
      if (instruction.kind !== 'WORKDIR' || instruction.path === undefined) continue;
      const { path, node } = instruction;
      const above = folder;
      folder = joined(above, path.text);
      if (told.has(node) || /^(?:[/\\$]|[A-Za-z]:)/.test(unquoted(path.text))) continue;
      yield {
        message: `${path.text} hangs on the WORKDIR above it; write the whole path`,
        range: path.range,
        at: node,
        fixes:
          folder === undefined
            ? []
            : [{ title: `Change to ${folder}`, edits: [{ range: path.range, newText: folder }] }],
      };
    }
  },
);

/** A path below another one; undefined where one of them has quotes, variables or blanks, or the upper one is not known. */
function joined(above: string | undefined, path: string): string | undefined {
  if (!/^[\w./@+-]+$/.test(path)) return undefined;
  if (path.startsWith('/')) return cleanPath(path);
  return above === undefined ? undefined : cleanPath(`${above}/${path}`);
}
