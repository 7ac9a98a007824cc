import { expandWord, type LookUp } from '../dockerfile/expand.ts';
import type { LexerOptions } from '../dockerfile/shell-lexer.ts';
import type { Dockerfile } from '../dockerfile/stages.ts';
import type { Platform } from '../image/platform.ts';
import { ownValue, predefinedArguments } from '../plan/global-arguments.ts';

/** What FROM can use: predefined arguments and ARGs above the first FROM. */
export interface GlobalScope {
  readonly lookUp: LookUp;
  /** Names that are declared, with or without a value. */
  readonly names: ReadonlySet<string>;
  /** False where a default value cannot be expanded: no build gets beyond it. */
  readonly valid: boolean;
}

/** `ARG A=$A$A` doubles a value every time. */
const LONGEST_VALUE = 4096;

/** Rules ask which arguments have a value and whether two are equal, not for the machine's own platform. */
const PLATFORM: Platform = { os: 'linux', architecture: 'amd64' };

/** Evaluates the ARGs above the first FROM, as BuildKit does before it looks at any stage. */
export function globalScope(
  dockerfile: Dockerfile,
  buildArgs: Readonly<Record<string, string>>,
  lexer: LexerOptions,
): GlobalScope {
  const target = dockerfile.stages.at(-1)?.name ?? '';
  const values = new Map(predefinedArguments(PLATFORM, PLATFORM, target, buildArgs));
  const lookUp: LookUp = (name) => values.get(name);
  const names = new Set(values.keys());
  let valid = true;
  for (const { args } of dockerfile.globalArgs) {
    for (const { name, value } of args) {
      const given = ownValue(buildArgs, name.text);
      const expansion = given === undefined && value ? expandWord(value.text, lookUp, lexer) : undefined;
      if (expansion?.problem !== undefined) valid = false;
      const result = given ?? expansion?.value;
      if (result !== undefined) values.set(name.text, result.slice(0, LONGEST_VALUE));
      names.add(name.text);
    }
  }
  return { lookUp, names, valid };
}
