import type { Complaint } from '../../core/lint/lint.ts';

/** `Dockerfile:3:1: error: unknown instruction: RUNN (instruction-unknown)`, counted from 1. */
export function complaintLine(
  file: string,
  { code, message, severity, range: { start } }: Pick<Complaint, 'code' | 'message' | 'severity' | 'range'>,
): string {
  return `${file}:${start.line + 1}:${start.character + 1}: ${severity}: ${message} (${code})`;
}
