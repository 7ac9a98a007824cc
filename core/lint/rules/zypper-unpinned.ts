import { operandsOf } from '../command-words.ts';
import { unpinned } from '../pinning.ts';
import { hadolintRule } from '../rule.ts';

/** `zypper install` without versions: hadolint's DL3037. */
export const zypperUnpinned = hadolintRule(
  {
    id: 'zypper-unpinned',
    code: 'DL3037',
    title: 'Packages of zypper install should be pinned to a version',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'The same Dockerfile brings other packages next week.',
      bad: 'FROM opensuse/leap:15.6\nRUN zypper install -y httpd && zypper clean',
      good: 'FROM opensuse/leap:15.6\nRUN zypper install -y httpd=2.4.46 && zypper clean',
      fix: {
        none: 'Only the repositories of the base image tell which versions there are, and only the author which one works.',
      },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('zypper')) {
      const packages = operandsOf(command, ['install', 'in'], ['r', 'repo', 't', 'type', 'from']) ?? [];
      const loose = packages.filter(({ text }) => !/[=<>]|\.rpm$/.test(text));
      yield* unpinned(script, command, loose, (name) => `install ${name}=VERSION`);
    }
  },
);
