import { flagsOf } from '../command-words.ts';
import { ownRule } from '../rule.ts';
import { removeWords } from '../script-edits.ts';

const FLAGS: Readonly<Record<string, readonly string[]>> = {
  apk: ['allow-untrusted'],
  apt: ['force-yes', 'allow-unauthenticated'],
  'apt-get': ['force-yes', 'allow-unauthenticated'],
  dnf: ['nogpgcheck', 'no-gpgchecks'],
  microdnf: ['nogpgcheck'],
  rpm: ['nosignature', 'nodigest'],
  yum: ['nogpgcheck'],
  zypper: ['no-gpg-checks'],
};

/** Packages that nobody vouches for. */
export const unsignedPackages = ownRule(
  {
    id: 'unsigned-packages',
    title: 'Packages should be signed',
    aliases: ['CKV2_DOCKER_7', 'CKV2_DOCKER_8', 'CKV2_DOCKER_9', 'CKV2_DOCKER_10', 'CKV2_DOCKER_11'],
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'Without the check of signatures a mirror, or whoever stands before it, decides what is installed.',
      bad: 'FROM alpine:3.22\nRUN apk add --no-cache --allow-untrusted tool=1.0-r0',
      good: 'FROM alpine:3.22\nRUN apk add --no-cache tool=1.0-r0',
      fix: { does: 'Removes the option.', changes: 'what is not signed is not installed, and the build says so' },
    },
  },
  function* ({ commands }) {
    for (const [program, flags] of Object.entries(FLAGS)) {
      for (const { command, script } of commands.of(program)) {
        const found = flagsOf(command).filter(({ text }) => flags.includes(text));
        if (found.length === 0) continue;
        const title = `Remove ${found.map(({ text }) => `--${text}`).join(' ')}`;
        const indexes = found.map(({ index }) => index);
        yield {
          message: `${program} installs here what nobody has signed`,
          range: command.rangeOf(0, command.words.length - 1),
          at: script.outer.node,
          fixes: [{ title, edits: removeWords(command, indexes) }],
        };
      }
    }
  },
);
