import { missingCleanUp } from '../clean-up.ts';
import { hasWord } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';
import { isMounted } from '../run-mounts.ts';

/** `zypper install` without `zypper clean`: hadolint's DL3036. */
export const zypperCacheLeft = hadolintRule(
  {
    id: 'zypper-cache-left',
    code: 'DL3036',
    title: 'zypper install should leave no cache behind',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'Downloaded packages and lists stay in the layer, often more than what was installed.',
      bad: 'FROM opensuse/leap:15.6\nRUN zypper install -y httpd=2.4.46',
      good: 'FROM opensuse/leap:15.6\nRUN zypper install -y httpd=2.4.46 && zypper clean',
      fix: { does: 'Adds zypper clean at the end.', changes: 'the image loses the cache' },
    },
  },
  (context) =>
    missingCleanUp(context, {
      installs: (command) => command.program === 'zypper' && hasWord(command, 'install', 'in'),
      cleans: (command) => command.program === 'zypper' && hasWord(command, 'clean', 'cc'),
      mounted: ({ run }) => isMounted(run, '/var/cache/zypp'),
      message: () => 'zypper leaves its cache in this layer; run zypper clean in the same RUN',
      command: () => 'zypper clean',
    }),
);
