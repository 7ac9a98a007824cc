import type { Range } from '../../core/dockerfile/ast.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import { checkProblems, type FindingSeverity, lintDockerfile } from '../../core/lint/lint.ts';

/** Something that is wrong with a Dockerfile, wherever it was found. */
export interface Complaint {
  /** Of a rule (`WorkdirRelativePath`), or of a problem (`unknown-instruction`). */
  readonly code: string;
  readonly message: string;
  readonly severity: FindingSeverity;
  readonly range: Range;
  readonly url?: string;
}

/** What is wrong with a Dockerfile by itself, in the order of the text. What base images bring is not known here. */
export function complaintsOf(text: string): Complaint[] {
  const { value: dockerfile, problems } = readDockerfile(text);
  const findings = lintDockerfile(dockerfile, text, { baseOf: () => undefined });
  const all: Complaint[] = [...problems, ...checkProblems(dockerfile), ...findings];
  return all.sort(
    (a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character,
  );
}

/** `Dockerfile:3:1: error: unknown instruction: RUNN (unknown-instruction)`, counted from 1. */
export function complaintLine(file: string, { code, message, severity, range: { start } }: Complaint): string {
  return `${file}:${start.line + 1}:${start.character + 1}: ${severity}: ${message} (${code})`;
}

/** The same for programs. Lines and columns count from 1; the end is exclusive. */
export function complaintRecord(file: string, { code, message, severity, range, url }: Complaint) {
  return {
    file,
    line: range.start.line + 1,
    column: range.start.character + 1,
    endLine: range.end.line + 1,
    endColumn: range.end.character + 1,
    severity,
    code,
    message,
    ...(url !== undefined && { url }),
  };
}
