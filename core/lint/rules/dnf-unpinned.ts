import { unpinnedRpms } from '../rpm-packages.ts';
import { hadolintRule } from '../rule.ts';

/** `dnf install` without versions, of dnf and microdnf: hadolint's DL3041. */
export const dnfUnpinned = hadolintRule(
  {
    id: 'dnf-unpinned',
    code: 'DL3041',
    title: 'Packages of dnf install should be pinned to a version',
    severity: 'warning',
    looksAt: ['FROM', 'ARG', 'ENV', 'RUN', 'SHELL'],
    runs: ['dnf'],
    docs: {
      why: 'The same Dockerfile brings other packages next week.',
      bad: 'FROM fedora:42\nRUN dnf install -y httpd && dnf clean all',
      good: 'FROM fedora:42\nRUN dnf install -y httpd-2.4.63 && dnf clean all',
      fix: {
        none: 'Only the repositories of the base image tell which versions there are, and only the author which one works.',
      },
    },
  },
  (context) => unpinnedRpms(context, ['dnf', 'microdnf']),
);
