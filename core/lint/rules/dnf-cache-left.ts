import { missingCleanUp } from '../clean-up.ts';
import { hasWord } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';
import { isMounted } from '../run-mounts.ts';

const INSTALL = ['install', 'in', 'upgrade', 'update', 'up', 'upgrade-minimal', 'up-min', 'reinstall', 'rei'];

/** `dnf install` without `dnf clean all`, of dnf and microdnf: hadolint's DL3040. */
export const dnfCacheLeft = hadolintRule(
  {
    id: 'dnf-cache-left',
    code: 'DL3040',
    title: 'dnf install should leave no cache behind',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'Downloaded packages and lists stay in the layer, often more than what was installed.',
      bad: 'FROM fedora:42\nRUN dnf install -y httpd-2.4.63',
      good: 'FROM fedora:42\nRUN dnf install -y httpd-2.4.63 && dnf clean all',
      fix: { does: 'Adds dnf clean all at the end.', changes: 'the image loses the cache' },
    },
  },
  function* (context) {
    for (const program of ['dnf', 'microdnf']) {
      yield* missingCleanUp(context, {
        installs: (command) => command.program === program && hasWord(command, ...INSTALL),
        cleans: (command) =>
          (command.program === program && hasWord(command, 'clean')) ||
          (command.program === 'rm' && command.words.some((word) => /^\/var\/cache\/(?:libdnf5|dnf|yum)/.test(word))),
        mounted: ({ run }) =>
          isMounted(run, '/var/cache/libdnf5') || isMounted(run, '.cache/libdnf5') || isMounted(run, '/var/cache/dnf'),
        message: () => `${program} leaves its cache in this layer; run ${program} clean all in the same RUN`,
        command: () => `${program} clean all`,
      });
    }
  },
);
