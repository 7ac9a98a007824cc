import type { RunCommand } from './run-scripts.ts';

/** Whether a command is `pip install` or `python -m pip install`. */
export function isPipInstall({ program, words }: RunCommand): boolean {
  if (program.startsWith('pip')) return !program.startsWith('pipenv') && words.includes('install', 1);
  if (!program.startsWith('python')) return false;
  const at = words.indexOf('-m');
  return at !== -1 && words[at + 1] === 'pip' && words.includes('install', at + 2);
}
