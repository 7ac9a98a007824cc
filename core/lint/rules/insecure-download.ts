import { flagsOf, hasFlag, hasWord } from '../command-words.ts';
import { type Fix, ownRule } from '../rule.ts';
import type { RunCommand, RunScript } from '../run-scripts.ts';
import { removeWords, replaceWord } from '../script-edits.ts';

/** Downloads that trust every server. */
export const insecureDownload = ownRule(
  {
    id: 'insecure-download',
    title: 'Downloads should check certificates',
    aliases: [2, 3, 4, 13, 15].map((number) => `CKV2_DOCKER_${number}`),
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'Whoever stands between the build and the server can put anything into the image.',
      bad: 'FROM debian:13\nRUN curl -kfsSLO https://example.com/tool',
      good: 'FROM debian:13\nRUN curl -fsSLO https://example.com/tool',
      fix: { does: 'Removes the option.', changes: 'a server without a valid certificate is not downloaded from' },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.matching(
      /^(?:curl|wget|git|npm|yarn|pip\S*|python\S*|yum|dnf|(?:yum|dnf)-config-manager)$/,
    )) {
      if (!isInsecure(command)) continue;
      yield {
        message: `${command.program} trusts every server here: certificates are not checked`,
        range: command.rangeOf(0, command.words.length - 1),
        at: script.outer.node,
        fixes: fixesOf(script, command),
      };
    }
  },
);

function isInsecure(command: RunCommand): boolean {
  const { program, words } = command;
  switch (program) {
    case 'curl':
      return hasFlag(command, 'insecure') || words.some((word) => /^-[#0-9aBfgGiIjJlLMnNOpqRsSvVZ]*k/.test(word));
    case 'wget':
      return hasFlag(command, 'no-check-certificate');
    case 'git':
      return (
        words.some((word) => /^http\.sslverify(?:=(?:false|0))$/i.test(word)) ||
        falseBehind(words, /^http\.sslverify$/i)
      );
    case 'npm':
    case 'yarn':
      return hasWord(command, '--strict-ssl=false', 'strict-ssl=false') || falseBehind(words, /^(?:--)?strict-ssl$/);
    case 'yum':
    case 'dnf':
    case 'yum-config-manager':
    case 'dnf-config-manager':
      return words.some((word) => /^(?:--setopt=)?["']?(?:[^=]*\.)?sslverify=["']?(?:0|false|no)\b/i.test(word));
    default:
      return hasFlag(command, 'trusted-host');
  }
}

function falseBehind(words: readonly string[], name: RegExp): boolean {
  return words.some((word, index) => name.test(word) && /^(?:false|0)$/.test(words[index + 1] ?? ''));
}

const OPTIONS: Readonly<Record<string, string>> = { curl: 'insecure', wget: 'no-check-certificate' };

/** Of curl and wget, whose options have no value. */
function fixesOf(script: RunScript, command: RunCommand): Fix[] {
  const option = OPTIONS[command.program];
  if (option === undefined) return [];
  const edits = flagsOf(command).flatMap(({ text, index }) => {
    const word = command.words[index] ?? '';
    const isShort = text === 'k' && command.program === 'curl';
    if (text !== option && !isShort) return [];
    return isShort && word !== '-k'
      ? [replaceWord(script, command, index, word.replace('k', ''))]
      : removeWords(command, [index]);
  });
  return edits.length === 0 ? [] : [{ title: 'Check certificates', edits }];
}
