import { hasWord, type IndexedWord, operands } from '../command-words.ts';
import { unpinned } from '../pinning.ts';
import { hadolintRule } from '../rule.ts';
import type { RunCommand } from '../run-scripts.ts';

const VALUED = ['o', 'C', 'p', 'ldflags', 'gcflags', 'tags', 'mod', 'modfile'];

/** `go install NAME` without a version: hadolint's DL3062. */
export const goUnpinned = hadolintRule(
  {
    id: 'go-unpinned',
    code: 'DL3062',
    title: 'Packages of go install should be pinned to a version',
    severity: 'warning',
    scope: 'script',
    docs: {
      why: 'Without a version, or with @latest, every build may get another release.',
      bad: 'FROM golang:1.25\nRUN go install example.com/tool@latest',
      good: 'FROM golang:1.25\nRUN go install example.com/tool@v1.4.0',
      fix: {
        none: 'Only the module’s repository tells which versions there are, and only the author which one works.',
      },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('go')) {
      const loose = packagesOf(command).filter(({ text }) => !isPinned(text));
      yield* unpinned(script, command, loose, (name) => `${command.words[1]} ${name.replace(/@.*/, '')}@VERSION`);
    }
  },
);

/** All that install and get name, the first that run names: the rest is for the program. */
function packagesOf(command: RunCommand): IndexedWord[] {
  const words = longFlags(command);
  if (hasWord(command, 'run')) return words.filter(({ text }) => text !== 'run').slice(0, 1);
  if (!hasWord(command, 'install', 'get')) return [];
  return words.filter(({ text }) => !['install', 'get', 'tool'].includes(text));
}

/** Flags of go have one dash and more than one letter. */
function longFlags(command: RunCommand): IndexedWord[] {
  const values = new Set<number>();
  for (const [index, word] of command.words.entries()) {
    const name = /^--?([A-Za-z]+)$/.exec(word)?.[1];
    if (name !== undefined && VALUED.includes(name)) values.add(index + 1);
  }
  return operands(command).filter(({ index }) => !values.has(index));
}

function isPinned(text: string): boolean {
  if (/^[./]|\.go$/.test(text)) return true;
  return text.includes('@') && !/@(?:latest|none)$/.test(text);
}
