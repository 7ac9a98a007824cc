import type { IndexedWord } from '../command-words.ts';
import { hasFlag, hasWord } from '../command-words.ts';
import { unpinned } from '../pinning.ts';
import { hadolintRule } from '../rule.ts';
import type { RunCommand } from '../run-scripts.ts';

/** `gem install` without versions: hadolint's DL3028. */
export const gemUnpinned = hadolintRule(
  {
    id: 'gem-unpinned',
    code: 'DL3028',
    title: 'Gems should be pinned to a version',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'A new release of a gem changes the image without any change in the Dockerfile.',
      bad: 'FROM ruby:3.4\nRUN gem install bundler',
      good: 'FROM ruby:3.4\nRUN gem install bundler:2.7.2',
      fix: { none: 'Only the gem server tells which versions there are, and only the author which one works.' },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('gem')) {
      if (!hasWord(command, 'install', 'i') || hasWord(command, '-v') || hasFlag(command, 'version')) continue;
      const loose = gems(command).filter(({ text }) => !text.includes(':') && !/\.gem$/.test(text));
      yield* unpinned(script, command, loose, (name) => `install ${name}:VERSION`);
    }
  },
);

/** Options that are followed by no value. */
const SWITCHES =
  /^-[NfEwlrbVq]+$|^--(?:no-.*|force|user-install|conservative|ignore-dependencies|local|remote|both|quiet|silent|verbose|prerelease|default|lock|minimal-deps|env-shebang|wrappers|explain|debug|backtrace|development(?:-all)?)$/;

/** Nearly every other option of gem takes a value; what stands behind `--` is for whoever compiles. */
function gems({ words }: RunCommand): IndexedWord[] {
  const found: IndexedWord[] = [];
  for (let index = 1; index < words.length; index++) {
    const text = words[index]!;
    if (text === '--') break;
    if (text.startsWith('-')) {
      if (!text.includes('=') && !SWITCHES.test(text)) index++;
    } else if (text !== 'install' && text !== 'i') found.push({ text, index });
  }
  return found;
}
