import { unpinnedRpms } from '../rpm-packages.ts';
import { hadolintRule } from '../rule.ts';

/** `yum install` without versions: hadolint's DL3033. */
export const yumUnpinned = hadolintRule(
  {
    id: 'yum-unpinned',
    code: 'DL3033',
    title: 'Packages of yum install should be pinned to a version',
    severity: 'warning',
    looksAt: ['FROM', 'ARG', 'ENV', 'RUN', 'SHELL'],
    runs: ['yum'],
    docs: {
      why: 'The same Dockerfile brings other packages next week.',
      bad: 'FROM centos:7\nRUN yum install -y httpd && yum clean all',
      good: 'FROM centos:7\nRUN yum install -y httpd-2.4.6 && yum clean all',
      fix: {
        none: 'Only the repositories of the base image tell which versions there are, and only the author which one works.',
      },
    },
  },
  (context) => unpinnedRpms(context, ['yum']),
);
