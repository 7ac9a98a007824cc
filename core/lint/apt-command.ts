import type { RunCommand } from './run-scripts.ts';

const WITH_VALUE: readonly string[] = ['-o', '--option', '-t', '--target-release', '-c', '--config-file'];

/** Index of the subcommand of apt-get or a relative among a command's words, where it is the one that is asked for. */
export function aptSubcommand(
  { program, words }: RunCommand,
  programs: readonly ('apt' | 'apt-get' | 'aptitude')[],
  subcommand: 'install' | 'update',
): number | undefined {
  if (!programs.some((name) => name === program)) return undefined;
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if (WITH_VALUE.includes(word)) i++;
    else if (!word.startsWith('-')) return word === subcommand ? i : undefined;
  }
  return undefined;
}
