import type { FindingSeverity } from '../../../core/lint/lint.ts';

/** A complaint as reports tell it; lines and columns count from 1, the end is exclusive. */
export interface ReportedComplaint {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly level: FindingSeverity;
  readonly code: string;
  readonly aliases: readonly string[];
  readonly message: string;
  readonly url?: string;
}

/** What a run found, by file. */
export interface Report {
  readonly files: readonly { readonly name: string; readonly complaints: readonly ReportedComplaint[] }[];
  readonly version: string;
  /** When it ran. */
  readonly now: Date;
  readonly color: boolean;
}

/** All complaints of a report. */
export function complaintsIn({ files }: Report): ReportedComplaint[] {
  return files.flatMap(({ complaints }) => complaints);
}

/** The message, with what other tools call the rule. */
export function fullMessage({ message, aliases }: ReportedComplaint): string {
  return aliases.length === 0 ? message : `${message} (${aliases.join(', ')})`;
}

/** A file's name for those that hold it against a repository's, which has no `./` before its paths. */
export function plainPath(file: string): string {
  return file.replace(/^(?:\.\/+)+/, '');
}
