import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Position } from '../../../core/dockerfile/ast.ts';
import { MANAGERS, PACKAGES, type PackageManager } from '../../knowledge/packages.ts';
import { withinPatience } from '../../patience.ts';
import type { Reading } from '../../reading.ts';
import { item } from './item.ts';
import { rangeBefore } from './place.ts';

/** Of the many that a machine knows. */
const MOST = 200;
/** Milliseconds for what this machine's apt knows: until a new list is there, Enter takes from the old one. */
const PATIENCE = 50;

/** The end of a command that installs packages, from its program on. */
const COMMANDS = (Object.keys(MANAGERS) as PackageManager[]).map((manager) => {
  const { programs, verbs } = MANAGERS[manager];
  const pattern = `(?:^|[;&|({\\s])(?:sudo\\s+)?(?:${programs.join('|')})\\s(?:[^;&|#]*\\s)?(?:${verbs.join('|')})\\s(?:[^;&|#]*\\s)?$`;
  return { manager, pattern: new RegExp(pattern) };
});

/**
 * Packages where a shell script names them: those that this Dockerfile installs elsewhere, usual ones, and for apt those
 * that this machine knows and that begin as is written. `script` is what stands before the place. Undefined where no package is named.
 */
export async function packages(
  reading: Reading,
  position: Position,
  script: string,
): Promise<CompletionItem[] | undefined> {
  const word = /[\w.+-]*$/.exec(script)?.[0] ?? '';
  const before = script.slice(0, script.length - word.length);
  const manager = COMMANDS.find(({ pattern }) => pattern.test(before))?.manager;
  if (manager === undefined || word.startsWith('-')) return undefined;
  const given = new Set(before.split(/\s+/));
  const usual = new Map(PACKAGES[manager].map(({ name, text }) => [name, text]));
  const host = manager === 'apt' ? await hostNames(reading, word) : [];
  const own = namedElsewhere(reading, manager, given);
  const range = rangeBefore(position, word);
  // The word at the place is among what this Dockerfile names; it stays where it is a package that is known.
  const isWritten = (name: string): boolean => name === word && !usual.has(name) && !host.includes(name);
  return [...new Set([...own, ...usual.keys(), ...host])]
    .filter((name) => !given.has(name) && !isWritten(name))
    .map((name) =>
      item(name, CompletionItemKind.Module, name, range, {
        order: own.has(name) ? 0 : usual.has(name) ? 1 : 2,
        detail: usual.get(name),
        ...(manager === 'apt' && { data: { about: 'package', name } }),
      }),
    );
}

async function hostNames({ hostPackages }: Reading, word: string): Promise<readonly string[]> {
  if (word === '' || hostPackages === undefined) return [];
  const names = (await withinPatience(hostPackages.names(), PATIENCE)) ?? [];
  const found: string[] = [];
  for (const name of names) {
    if (name.startsWith(word)) found.push(name);
    if (found.length === MOST) break;
  }
  return found;
}

/** What other commands of the same manager install, without versions. */
function namedElsewhere(reading: Reading, manager: PackageManager, given: ReadonlySet<string>): ReadonlySet<string> {
  const { programs, verbs } = MANAGERS[manager];
  const names = new Set<string>();
  for (const { node, kind } of reading.dockerfile.instructions) {
    if (kind !== 'RUN') continue;
    const scripts = [...node.args.map(({ text }) => text), ...node.heredocs.map(({ content }) => content)];
    for (const words of scripts.flatMap((script) => reading.commandsOf(script))) {
      const verb = words.findIndex(({ text }) => verbs.some((each) => each === text));
      if (verb === -1 || !programs.some((each) => each === words[0]?.text)) continue;
      for (const { text, literal } of words.slice(verb + 1)) {
        const name = /^[a-z0-9][a-z0-9+.-]+/.exec(text)?.[0];
        if (literal && name !== undefined && !given.has(text)) names.add(name);
      }
    }
  }
  return names;
}
