import { operands } from '../command-words.ts';
import { unpinned } from '../pinning.ts';
import { hadolintRule } from '../rule.ts';

/** `npm install NAME` without a version: hadolint's DL3016. */
export const npmUnpinned = hadolintRule(
  {
    id: 'npm-unpinned',
    code: 'DL3016',
    title: 'Packages of npm install should be pinned to a version',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'npm takes the newest release that there is, tested with the rest or not.',
      bad: 'FROM node:24\nRUN npm install --global typescript',
      good: 'FROM node:24\nRUN npm install --global typescript@5.9.3',
      fix: { none: 'Only the npm registry tells which versions there are, and only the author which one works.' },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('npm')) {
      const [subcommand, ...packages] = operands(command, ['loglevel', 'registry', 'prefix', 'cache', 'tag', 'omit']);
      if (subcommand === undefined || !['install', 'i', 'add'].includes(subcommand.text)) continue;
      yield* unpinned(
        script,
        command,
        packages.filter(({ text }) => !isPinned(text)),
        (name) => `install ${name}@VERSION`,
      );
    }
  },
);

function isPinned(text: string): boolean {
  if (/^git(?:\+(?:ssh|https?|file))?:\/\//.test(text)) return text.includes('#');
  if (/\.(?:tar|tar\.gz|tgz)$/.test(text) || /^(?:\/|\.\.?(?:\/|$)|~\/|file:)/.test(text)) return true;
  return text.lastIndexOf('@') > 0;
}
