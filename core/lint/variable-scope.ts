import { didYouMean } from '../match/did-you-mean.ts';
import { DEFAULT_PATH } from '../plan/defaults.ts';
import type { LintBase } from './lint-options.ts';

const MOST_SUGGESTIONS = 200;
const LONGEST_VALUE = 4096;

/** The variables of a stage while its instructions are walked. A stage on top of it starts with a copy. */
export class VariableScope {
  /** ENV and ARG in force. */
  private readonly values = new Map<string, string>();
  /** Names that ARG declared, with or without a value. */
  readonly declared = new Set<string>();
  /** False where the base may set variables that are not known here. */
  baseKnown = true;
  /** Whether a SHELL is in force, so that shell forms are meant to be. */
  shellSet = false;
  /** Whether a WORKDIR, absolute or not, stood in this stage or in one below it. */
  workdirSet = false;
  os = 'linux';
  private suggestions = 0;

  derive(): VariableScope {
    const derived = new VariableScope();
    for (const [name, value] of this.values) derived.values.set(name, value);
    for (const name of this.declared) derived.declared.add(name);
    derived.baseKnown = this.baseKnown;
    derived.shellSet = this.shellSet;
    derived.workdirSet = this.workdirSet;
    derived.os = this.os;
    derived.suggestions = this.suggestions;
    return derived;
  }

  /** Takes over what an image brings. */
  startFrom(base: LintBase | undefined): void {
    for (const entry of base?.env ?? []) {
      const at = entry.indexOf('=');
      this.set(at === -1 ? entry : entry.slice(0, at), at === -1 ? '' : entry.slice(at + 1));
    }
    this.shellSet = (base?.shell ?? []).length > 0;
  }

  /** PATH is always there, but on Windows. */
  begin(): void {
    if (this.os !== 'windows' && !this.values.has('PATH')) this.values.set('PATH', DEFAULT_PATH);
  }

  /** A variable with a value whose name is near; nothing once that has been asked more often than any real file does. */
  suggest(name: string): string | undefined {
    this.suggestions++;
    return this.suggestions > MOST_SUGGESTIONS ? undefined : didYouMean(name, this.values.keys());
  }

  /** Keeps a long value's beginning only: `ENV A=$A$A` doubles it every time. */
  set(name: string, value: string): void {
    this.values.set(name, value.slice(0, LONGEST_VALUE));
  }

  lookUp(name: string): string | undefined {
    return this.values.get(name);
  }
}
