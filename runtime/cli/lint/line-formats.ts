import type { FindingSeverity } from '../../../core/lint/lint.ts';
import { complaintsIn, fullMessage, plainPath, type Report, type ReportedComplaint } from './report.ts';

const COLORS: Readonly<Record<FindingSeverity, string>> = {
  error: '\u001b[1;31m',
  warning: '\u001b[1;33m',
  info: '\u001b[32m',
  style: '\u001b[36m',
};

/** `Dockerfile:3 DL3008 warning: …`, as hadolint has it. */
export function ttyFormat(report: Report): string {
  return lines(report, (each) => {
    const level = report.color ? `${COLORS[each.level]}${each.level}\u001b[0m` : each.level;
    return `${each.file}:${each.line} ${each.code} ${level}: ${printable(each)}`;
  });
}

/** The GNU standard for errors, after the name of the program: `lapstrake:Dockerfile:3: DL3008 warning: …`. */
export function gnuFormat(report: Report): string {
  return lines(report, (each) => {
    return `lapstrake:${each.file}:${each.line}: ${each.code} ${each.level}: ${printable(each)}`;
  });
}

const COMMANDS: Readonly<Record<FindingSeverity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'notice',
  style: 'notice',
};

/** Workflow commands of GitHub Actions, which become annotations. */
export function githubFormat(report: Report): string {
  return lines(report, (each) => {
    const place = `file=${property(plainPath(each.file))},line=${each.line},endLine=${each.endLine},col=${each.column}`;
    return `::${COMMANDS[each.level]} ${place},title=${property(each.code)}::${escaped(printable(each))}`;
  });
}

/** A Dockerfile of somebody else's must not write to the terminal what moves its cursor. */
function printable(each: ReportedComplaint): string {
  return fullMessage(each).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
}

function lines(report: Report, line: (complaint: ReportedComplaint) => string): string {
  return complaintsIn(report)
    .map((each) => `${line(each).replaceAll('\n', ' ')}\n`)
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
