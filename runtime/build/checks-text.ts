import { formatExcerpt } from '../../core/dockerfile/source-excerpt.ts';
import type { BuildCheck } from '../../protocol/build-event.ts';

/**
 * What BuildKit's checks have found, as docker prints it at the end of a build: a line for each, below their number. `hint`
 * says how there is more of it.
 */
export function checksSummary(findings: readonly BuildCheck[], hint = ''): string {
  return [heading(findings, hint), ...findings.map(oneLine), ''].join('\n');
}

/** The same with what each rule asks for, where that is explained, and the lines that it is about: as with docker's --debug. */
export function checksInFull(findings: readonly BuildCheck[], file: string): string {
  const parts = findings.map((finding) => {
    const { description, url, excerpt, lines } = finding;
    return [oneLine(finding), description, `More info: ${url}`, formatExcerpt(file, excerpt, lines), ''].join('\n');
  });
  return [heading(findings, ''), ...parts, ''].join('\n');
}

/** What `docker build --check` prints. */
export function checkReport(findings: readonly BuildCheck[], file: string): string {
  const count = findings.length;
  if (count === 0) return 'Check complete, no warnings found.\n';
  const number = count === 1 ? '1 warning has' : `${count} warnings have`;
  const parts = findings.map(
    ({ rule, url, message, excerpt, lines }) =>
      `\nWARNING: ${rule} - ${url}\n${message}\n${formatExcerpt(file, excerpt, lines)}\n`,
  );
  return `Check complete, ${number} been found!\n${parts.join('')}`;
}

function heading({ length }: readonly BuildCheck[], hint: string): string {
  return `\n ${length} ${length === 1 ? 'warning' : 'warnings'} found${hint}:`;
}

function oneLine({ rule, message, lines }: BuildCheck): string {
  return ` - ${rule}: ${message} (line ${lines.start + 1})`;
}
