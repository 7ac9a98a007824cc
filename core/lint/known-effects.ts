import type { RunCommand } from './run-scripts.ts';

/** Programs that install nothing and make no user, whatever their arguments are. */
const PLAIN = new Set(
  (
    '[ : basename cat cd chgrp chmod chown curl cut date dirname dpkg-reconfigure echo env exec exit export false find ' +
    'gpg grep gunzip gzip head id install-info ldconfig ln locale-gen ls mkdir mktemp printf pwd readlink realpath rm ' +
    'rmdir sed set sha256sum sleep sort stat strip sudo sync tail test touch tr true truncate uname uniq unset wc wget ' +
    'which xz update-ca-certificates update-alternatives apt-key add-apt-repository apt-add-repository apt-cache apt-mark'
  ).split(' '),
);

/** What package managers do beside installing. */
const CARE = ['update', 'clean', 'autoclean', 'distclean', 'autoremove', 'remove', 'purge', 'del', 'cache', 'config'];
const MANAGERS = ['apt', 'apt-get', 'aptitude', 'apk', 'dnf', 'microdnf', 'yum', 'zypper'];

/** Whether it is known that a command installs no package and makes no user; false for every program that is not known. */
export function changesNothing({ program, words }: RunCommand): boolean {
  return PLAIN.has(program) || (MANAGERS.includes(program) && words.slice(1).some((word) => CARE.includes(word)));
}
