import type { RunCommand } from './run-scripts.ts';

const WITH_VALUE: readonly string[] = ['-o', '--option', '-t', '--target-release', '-c', '--config-file'];

/** Index of apt-get's subcommand among a command's words, where it is the one that is asked for. */
export function aptGetCommand({ program, words }: RunCommand, subcommand: 'install' | 'update'): number | undefined {
  if (program !== 'apt-get') return undefined;
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if (WITH_VALUE.includes(word)) i++;
    else if (!word.startsWith('-')) return word === subcommand ? i : undefined;
  }
  return undefined;
}
