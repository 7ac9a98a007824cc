import { DEFAULT_PATH } from '../plan/defaults.ts';
import type { LintBase } from './lint-options.ts';

/** The variables of a stage while its instructions are walked. A stage on top of it starts with a copy. */
export class VariableScope {
  /** ENV and ARG in force. */
  readonly values = new Map<string, string>();
  /** Names that ARG declared, with or without a value. */
  readonly declared = new Set<string>();
  /** False where the base may set variables that are not known here. */
  baseKnown = true;
  /** Whether a SHELL is in force, so that shell forms are meant to be. */
  shellSet = false;
  /** Whether a WORKDIR, absolute or not, stood in this stage or in one below it. */
  workdirSet = false;
  os = 'linux';

  derive(): VariableScope {
    const derived = new VariableScope();
    for (const [name, value] of this.values) derived.values.set(name, value);
    for (const name of this.declared) derived.declared.add(name);
    derived.baseKnown = this.baseKnown;
    derived.shellSet = this.shellSet;
    derived.workdirSet = this.workdirSet;
    derived.os = this.os;
    return derived;
  }

  /** Takes over what an image brings. */
  startFrom(base: LintBase | undefined): void {
    for (const entry of base?.env ?? []) {
      const at = entry.indexOf('=');
      this.values.set(at === -1 ? entry : entry.slice(0, at), at === -1 ? '' : entry.slice(at + 1));
    }
    this.shellSet = (base?.shell ?? []).length > 0;
  }

  /** PATH is always there, but on Windows. */
  begin(): void {
    if (this.os !== 'windows' && !this.values.has('PATH')) this.values.set('PATH', DEFAULT_PATH);
  }

  lookUp(name: string): string | undefined {
    return this.values.get(name);
  }
}
