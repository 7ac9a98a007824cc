import { hasFlag, hasWord, operands } from '../command-words.ts';
import { unpinned } from '../pinning.ts';
import { isPipInstall } from '../pip-command.ts';
import { hadolintRule } from '../rule.ts';

const VALUED = (
  'abi b build e editable extra-index-url f find-links i index-url implementation no-binary only-binary platform ' +
  'prefix progress-bar proxy python python-version root root-user-action src t target trusted-host upgrade-strategy'
).split(' ');
const VCS = /^(?:git|hg|svn|bzr)(?:\+[\w-]+)?(?:[:@]|$)/;

/** `pip install` without versions: hadolint's DL3013. */
export const pipUnpinned = hadolintRule(
  {
    id: 'pip-unpinned',
    code: 'DL3013',
    title: 'Packages of pip install should be pinned to a version',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'A new release of a package changes the image without any change in the Dockerfile.',
      bad: 'FROM python:3.14\nRUN pip install --no-cache-dir flask',
      good: 'FROM python:3.14\nRUN pip install --no-cache-dir flask==3.1.2',
      fix: { none: 'Only the package index tells which versions there are, and only the author which one works.' },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.matching(/^(?:pip|python)/)) {
      if (!isPipInstall(command) || hasFlag(command, 'constraint', 'c', 'no-index')) continue;
      if (hasWord(command, '--requirement', '-r', '.') || command.words.some((word) => /^--requirement=/.test(word))) {
        continue;
      }
      const words = operands(command, VALUED);
      const packages = words.slice(words.findLastIndex(({ text }) => text === 'install') + 1);
      yield* unpinned(
        script,
        command,
        packages.filter(({ text }) => !isPinned(text)),
        (name) => `install ${name}==VERSION`,
      );
    }
  },
);

function isPinned(text: string): boolean {
  if (text.startsWith('.')) return true;
  if (/==|[<>]=?|!=|~=/.test(text) || /\.(?:whl|tar\.gz)$/.test(text)) return true;
  return VCS.test(text) ? text.includes('@') : text.includes('/');
}
