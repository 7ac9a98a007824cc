import { operandsOf } from '../command-words.ts';
import { unpinned } from '../pinning.ts';
import { hadolintRule } from '../rule.ts';

/** `apk add` without versions: hadolint's DL3018. */
export const apkUnpinned = hadolintRule(
  {
    id: 'apk-unpinned',
    code: 'DL3018',
    title: 'Packages of apk add should be pinned to a version',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'The repository keeps one version of each package: the same Dockerfile brings another one after every update.',
      bad: 'FROM alpine:3.22\nRUN apk add --no-cache curl',
      good: 'FROM alpine:3.22\nRUN apk add --no-cache curl=8.14.1-r1',
      fix: {
        none: 'Only the repositories of the base image tell which versions there are, and only the author which one works.',
      },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('apk')) {
      const packages = operandsOf(command, ['add'], ['t', 'virtual', 'repository', 'X', 'p', 'root']) ?? [];
      const loose = packages.filter(({ text }) => !/[=~<>]|\.apk$/.test(text));
      yield* unpinned(script, command, loose, (name) => `add ${name}=VERSION`);
    }
  },
);
