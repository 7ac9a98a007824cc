import { missingCleanUp } from '../clean-up.ts';
import { hasWord } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';

/** `yum install` without `yum clean all`: hadolint's DL3032. */
export const yumCacheLeft = hadolintRule(
  {
    id: 'yum-cache-left',
    code: 'DL3032',
    title: 'yum install should leave no cache behind',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'Downloaded packages and lists stay in the layer, often more than what was installed.',
      bad: 'FROM centos:7\nRUN yum install -y httpd-2.4.6',
      good: 'FROM centos:7\nRUN yum install -y httpd-2.4.6 && yum clean all',
      fix: { does: 'Adds yum clean all at the end.', changes: 'the image loses the cache' },
    },
  },
  (context) =>
    missingCleanUp(context, {
      installs: (command) => command.program === 'yum' && hasWord(command, 'install'),
      cleans: (command) =>
        (command.program === 'yum' && hasWord(command, 'clean')) ||
        (command.program === 'rm' && command.words.some((word) => word.startsWith('/var/cache/yum'))),
      mounted: () => false,
      message: () => 'yum leaves its cache in this layer; run yum clean all in the same RUN',
      command: () => 'yum clean all',
    }),
);
