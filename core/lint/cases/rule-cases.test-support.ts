import type { LintOptions } from '../lint.ts';

/**
 * What a rule finds, and what it does not, beside the examples of its documentation. A text that begins with no FROM, ARG
 * or comment stands below `FROM debian:13`.
 */
export interface RuleCases {
  readonly hits: readonly string[];
  readonly misses: readonly string[];
  /** What it takes for the rule to look at all. */
  readonly options?: LintOptions;
}

/** By code. */
export type CaseTable = Readonly<Record<string, RuleCases>>;

/** The whole Dockerfile of a case. */
export function wholeText(text: string): string {
  return /^(?:FROM|ARG|#)/i.test(text) ? text : `FROM debian:13\n${text}`;
}
