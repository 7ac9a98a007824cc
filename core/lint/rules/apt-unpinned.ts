import { operandsOf } from '../command-words.ts';
import { unpinned } from '../pinning.ts';
import { hadolintRule } from '../rule.ts';

/** `apt-get install` without versions: hadolint's DL3008. */
export const aptUnpinned = hadolintRule(
  {
    id: 'apt-unpinned',
    code: 'DL3008',
    title: 'Packages of apt-get install should be pinned to a version',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'The same Dockerfile brings other packages next week, and the cache may keep old ones for ever.',
      bad: 'FROM debian:13\nRUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*',
      good: 'FROM debian:13\nRUN apt-get update && apt-get install -y --no-install-recommends curl=8.14.* && rm -rf /var/lib/apt/lists/*',
      fix: {
        none: 'Only the sources of the base image tell which versions there are, and only the author which one works.',
      },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('apt-get')) {
      const packages =
        operandsOf(command, ['install'], ['t', 'target-release', 'o', 'option', 'c', 'config-file']) ?? [];
      const loose = packages.filter(({ text }) => !/=|\/|\.deb$/.test(text));
      yield* unpinned(script, command, loose, (name) => `install ${name}=VERSION`);
    }
  },
);
