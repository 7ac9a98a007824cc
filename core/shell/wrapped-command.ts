import type { ShellWord } from './shell-word.ts';

/** Programs that start the one that is named behind them, and those of their options that take a value. */
const WRAPPERS: ReadonlyMap<string, { readonly valued: RegExp; readonly operands: number }> = new Map([
  ['sudo', { valued: /^-[ughpCTDRr]$|^--(?:user|group|host|prompt|chdir|chroot)$/, operands: 0 }],
  ['doas', { valued: /^-[uC]$/, operands: 0 }],
  ['gosu', { valued: /^$/, operands: 1 }],
  ['su-exec', { valued: /^$/, operands: 1 }],
  ['env', { valued: /^-[uCS]$|^--(?:unset|chdir)$/, operands: 0 }],
  ['exec', { valued: /^-a$/, operands: 0 }],
  ['command', { valued: /^$/, operands: 0 }],
  ['builtin', { valued: /^$/, operands: 0 }],
  ['busybox', { valued: /^$/, operands: 0 }],
  ['nohup', { valued: /^$/, operands: 0 }],
  ['eatmydata', { valued: /^$/, operands: 0 }],
  ['time', { valued: /^-[fo]$/, operands: 0 }],
  ['nice', { valued: /^-n$|^--adjustment$/, operands: 0 }],
  ['ionice', { valued: /^-[cn]$/, operands: 0 }],
  ['timeout', { valued: /^-[sk]$|^--(?:signal|kill-after)$/, operands: 1 }],
  ['retry', { valued: /^-\w$/, operands: 0 }],
]);

const ASSIGNMENT = /^[A-Za-z_]\w*=/;

/** The command that a command like `sudo -u www apt-get update` starts: its words from the program on. */
export function wrappedCommand(words: readonly ShellWord[]): readonly ShellWord[] | undefined {
  const wrapper = WRAPPERS.get(programName(words[0]?.text ?? ''));
  if (wrapper === undefined || onlyAsks(words)) return undefined;
  let at = 1;
  let operands = wrapper.operands;
  for (; at < words.length; at++) {
    const { text = '' } = words[at] ?? {};
    if (wrapper.valued.test(text)) at++;
    else if (text.startsWith('-') || ASSIGNMENT.test(text)) continue;
    else if (operands === 0) break;
    else operands--;
  }
  return at < words.length ? words.slice(at) : undefined;
}

/** `command -v apt-get` tells whether there is one. */
function onlyAsks([program, option]: readonly ShellWord[]): boolean {
  return program?.text === 'command' && /^-p?[vV]/.test(option?.text ?? '');
}

/** The last part of a program's path. */
export function programName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
