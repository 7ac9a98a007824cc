import type { Range } from '../dockerfile/ast.ts';
import type { FindingSeverity, Fix } from './rule.ts';

/** Something that a rule found, after suppression. */
export interface Finding {
  readonly rule: string;
  /** `WorkdirRelativePath` or `DL3006`. */
  readonly code: string;
  /** What other tools call it. */
  readonly aliases: readonly string[];
  /** Of BuildKit's rules in BuildKit's words. */
  readonly message: string;
  readonly severity: FindingSeverity;
  /** The words that are at fault. */
  readonly range: Range;
  /** Lines from 0, both inclusive, where BuildKit reports it: those of the whole instruction. */
  readonly lines: { readonly start: number; readonly end: number };
  readonly url?: string;
  /** How an editor may draw it: struck out or faded. */
  readonly tag?: 'deprecated' | 'unnecessary';
  readonly fixes: readonly Fix[];
}
