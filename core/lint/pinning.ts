import type { IndexedWord } from './command-words.ts';
import type { Report, RuleContext } from './rule.ts';
import type { RunCommand, RunScript } from './run-scripts.ts';
import { lineageOf, type Section } from './sections.ts';

/** How words of a command hold what another command writes. */
const OUTPUT = /\$\{([^}]*\s[^}]*)\}/g;

/** One report for a command whose packages are not all pinned: at the first that is not, and naming all. */
export function unpinned(
  { outer }: RunScript,
  command: RunCommand,
  packages: readonly IndexedWord[],
  example: (name: string) => string,
): Report[] {
  const [first] = packages;
  if (first === undefined) return [];
  const names = packages.map(({ text }) => text.replace(OUTPUT, '$($1)'));
  const named = names.find((name) => !name.startsWith('$')) ?? 'NAME';
  const message = `Every build may get another version of ${names.join(', ')}; pin it: ${command.program} … ${example(named)}`;
  return [{ message, range: command.rangeOf(first.index, packages.at(-1)!.index), at: outer.node }];
}

/** Whether a variable stands in a word that its stage, one below it or an ARG anywhere above sets: it may hold a version. */
export function namesVariable({ sections }: RuleContext, stage: number, word: string): boolean {
  const indexOf = (section: Section): number => section.stage?.stage.index ?? -1;
  const own = sections.find((section) => indexOf(section) === stage);
  const lineage = own === undefined ? [] : lineageOf(own);
  return sections
    .filter((section) => indexOf(section) <= stage)
    .some((section) =>
      section.instructions.some((instruction) => {
        if (instruction.kind === 'ARG') return instruction.args.some(({ name }) => isIn(word, name.text));
        if (instruction.kind !== 'ENV' || !lineage.includes(section)) return false;
        return instruction.pairs.some(({ name }) => isIn(word, name.text));
      }),
    );
}

function isIn(word: string, name: string): boolean {
  return word.includes(`\${${name}}`);
}
