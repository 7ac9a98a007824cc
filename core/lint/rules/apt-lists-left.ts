import { hasWord } from '../command-words.ts';
import { changesNothing } from '../known-effects.ts';
import { hadolintRule } from '../rule.ts';
import { isMounted } from '../run-mounts.ts';
import type { RunCommand } from '../run-scripts.ts';
import { appendCommand, rangeTo } from '../script-edits.ts';
import { isShipped } from '../shipped-stages.ts';

const LISTS = '/var/lib/apt/lists';
const REMOVAL = `rm -rf ${LISTS}/*`;
/** The lists, or a folder that they lie in: `/var/lib/{apt,dpkg}/`, too. */
const REMOVED = /^\/var\/lib\/(?:apt|\{(?:[^}]*,)?apt(?:,[^}]*)?\})(?:\/?\*?$|\/lists)/;

/** `apt-get update` whose lists stay in a layer of the image: hadolint's DL3009. */
export const aptListsLeft = hadolintRule(
  {
    id: 'apt-lists-left',
    code: 'DL3009',
    title: 'The package lists of apt should not stay in the image',
    severity: 'info',
    scope: 'script',
    docs: {
      why: 'The lists are some ten megabytes that are stale tomorrow. Removing them in a later RUN makes no image smaller.',
      bad: 'FROM debian:13\nRUN apt-get update && apt-get install -y --no-install-recommends curl=8.14.*',
      good: 'FROM debian:13\nRUN apt-get update && apt-get install -y --no-install-recommends curl=8.14.* && rm -rf /var/lib/apt/lists/*',
      fix: {
        does: 'Removes the lists at the end of a RUN that does more than fetch them.',
        changes: 'the image loses the package lists, which a RUN below that installs has to fetch again',
      },
    },
  },
  function* (context) {
    const { scripts, facts, dockerfile } = context;
    for (const script of scripts) {
      const update = script.commands.find(isUpdate);
      if (update === undefined || !isShipped(script, facts.shipped)) continue;
      if (isMounted(script.run, LISTS) || script.commands.some(removesLists)) continue;
      // Lists that this RUN has no use for are another one's below.
      const isAlone = script.commands.every(changesNothing);
      const edits = isAlone ? [] : appendCommand(script, context.lines, REMOVAL, dockerfile.syntax.escape);
      yield {
        message: `The package lists that ${update.program} update fetches stay in this layer; remove ${LISTS}/* in the same RUN`,
        range: rangeTo(update, update.words.indexOf('update')),
        at: script.outer.node,
        fixes: edits.length === 0 ? [] : [{ title: `Remove ${LISTS}/* at the end`, edits }],
      };
    }
  },
);

function isUpdate(command: RunCommand): boolean {
  return ['apt', 'apt-get', 'aptitude'].includes(command.program) && hasWord(command, 'update');
}

function removesLists(command: RunCommand): boolean {
  const { program, words } = command;
  if (program === 'apt' || program === 'apt-get') return hasWord(command, 'dist-clean', 'distclean');
  return (program === 'rm' || program === 'find') && words.some((word) => REMOVED.test(word));
}
