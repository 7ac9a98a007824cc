import type { InstructionNode, Range } from '../dockerfile/ast.ts';
import type { Dockerfile } from '../dockerfile/stages.ts';
import type { FileFacts } from './file-facts.ts';

/** Every rule there is; of BuildKit's rules also the last part of its documentation's address. */
export type RuleId =
  | 'stage-name-casing'
  | 'from-as-casing'
  | 'no-empty-continuation'
  | 'consistent-instruction-casing'
  | 'duplicate-stage-name'
  | 'reserved-stage-name'
  | 'json-args-recommended'
  | 'maintainer-deprecated'
  | 'undefined-arg-in-from'
  | 'workdir-relative-path'
  | 'undefined-var'
  | 'multiple-instructions-disallowed'
  | 'legacy-key-value-format'
  | 'redundant-target-platform'
  | 'secrets-used-in-arg-or-env'
  | 'invalid-default-arg-in-from'
  | 'from-platform-flag-const-disallowed'
  | 'expose-proto-casing'
  | 'expose-invalid-format'
  | 'invalid-definition-description'
  | 'image-tag-missing'
  | 'image-tag-latest'
  | 'apt-lists-left'
  | 'apt-recommends-installed';

export type FindingSeverity = 'error' | 'warning' | 'info';

/** What is known of a rule without running it. */
export interface RuleInfo {
  readonly id: RuleId;
  /** The name that people know it by: BuildKit's (`WorkdirRelativePath`) or hadolint's (`DL3006`). */
  readonly code: string;
  /** What it asks for, in a sentence. */
  readonly title: string;
  /** What other tools call it; suppressions may use these names too. */
  readonly aliases: readonly string[];
  readonly severity: FindingSeverity;
  readonly url?: string;
  /** How an editor may draw what it finds: struck out or faded. */
  readonly tag?: 'deprecated' | 'unnecessary';
  /** Off unless asked for (Dockerfile reference, `check=experimental=…`). */
  readonly experimental?: true;
  /**
   * BuildKit judges it over the whole file: `# check=skip=…` at the head turns it off, above one instruction it does not.
   */
  readonly wholeFile?: true;
}

/** Replaces one part of the text. */
export interface TextEdit {
  readonly range: Range;
  readonly newText: string;
}

/** A change that takes a finding away. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  /** The one to apply unasked: it changes nothing that the build does. */
  readonly preferred?: true;
}

/** What a rule found. */
export interface Report {
  readonly message: string;
  /** The words that are at fault. */
  readonly range: Range;
  /** The instruction where BuildKit reports it. */
  readonly at: InstructionNode;
  /** The instruction whose comment can turn it off, where that is another one. */
  readonly judged?: InstructionNode;
  readonly fixes?: readonly Fix[];
}

/** What rules look at. */
export interface RuleContext {
  readonly dockerfile: Dockerfile;
  readonly text: string;
  readonly facts: FileFacts;
}

/** One thing that can be wrong with a Dockerfile. */
export interface Rule extends RuleInfo {
  check(context: RuleContext): Iterable<Report>;
}

/** Where BuildKit documents one of its rules. */
export function buildKitUrl(id: RuleId): string {
  return `https://docs.docker.com/go/dockerfile/rule/${id}/`;
}

/** Where hadolint documents one of its rules. */
export function hadolintUrl(code: string): string {
  return `https://github.com/hadolint/hadolint/wiki/${code}`;
}
