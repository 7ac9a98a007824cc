import { createHash } from 'node:crypto';
import type { FindingSeverity } from '../../../core/lint/lint.ts';
import { RULES } from '../../../core/lint/rules.ts';
import { complaintsIn, fullMessage, plainPath, type Report, type ReportedComplaint } from './report.ts';

/** An array of complaints: hadolint's fields, with exact places and the names that other tools have. */
export function jsonFormat(report: Report): string {
  return `${JSON.stringify(complaintsIn(report))}\n`;
}

const SARIF_LEVELS: Readonly<Record<FindingSeverity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
  style: 'note',
};

/** SARIF 2.1.0, as code scanning takes it. */
export function sarifFormat(report: Report): string {
  const complaints = complaintsIn(report);
  const rules = [...new Map(complaints.map((each) => [each.code, each])).values()];
  const log = {
    version: '2.1.0',
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    runs: [
      {
        tool: {
          driver: {
            name: 'Lapstrake',
            version: report.version,
            rules: rules.map(sarifRule),
          },
        },
        columnKind: 'utf16CodeUnits',
        defaultSourceLanguage: 'dockerfile',
        results: complaints.map((each) => ({
          ruleId: each.code,
          ruleIndex: rules.findIndex(({ code }) => code === each.code),
          level: SARIF_LEVELS[each.level],
          message: { text: fullMessage(each) },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(each.file) },
                region: {
                  startLine: each.line,
                  startColumn: each.column,
                  endLine: each.endLine,
                  endColumn: each.endColumn,
                  sourceLanguage: each.code.startsWith('SC') ? 'sh' : 'dockerfile',
                },
              },
            },
          ],
        })),
      },
    ],
  };
  return `${JSON.stringify(log)}\n`;
}

/** With what code scanning shows of it beside the results. */
function sarifRule({ code, url }: ReportedComplaint) {
  const rule = RULES.find((each) => each.code === code);
  return {
    id: code,
    ...(rule && { shortDescription: { text: rule.title }, help: { text: rule.docs.why } }),
    ...(url !== undefined && { helpUri: url }),
  };
}

/** A reference as RFC 3986 has it: a `#` or `?` in a name is no fragment or query, and a colon no end of a scheme. */
function uriOf(file: string): string {
  const path = plainPath(file).split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${path}` : path;
}

const IMPACTS: Readonly<Record<FindingSeverity, string>> = {
  error: 'blocker',
  warning: 'major',
  info: 'info',
  style: 'minor',
};

function issue(each: ReportedComplaint) {
  return {
    type: 'issue',
    check_name: each.code,
    description: fullMessage(each),
    categories: ['Bug Risk'],
    location: { path: plainPath(each.file), lines: { begin: each.line, end: each.line } },
    severity: IMPACTS[each.level],
  };
}

/** Code Climate's engines: one issue after the other, each ended by a zero byte. */
export function codeclimateFormat(report: Report): string {
  return complaintsIn(report)
    .map((each) => `${JSON.stringify(issue(each))}\0`)
    .join('');
}

/**
 * What GitLab takes of Code Climate's format: an array, with a fingerprint for each issue. It stays where lines above come and
 * go, and differs for what is found twice: GitLab shows one issue for each.
 */
export function gitlabFormat(report: Report): string {
  const counts = new Map<string, number>();
  const issues = complaintsIn(report).map((each) => {
    const plain = issue(each);
    const what = JSON.stringify([plain.location.path, plain.check_name, plain.description]);
    const count = counts.get(what) ?? 0;
    counts.set(what, count + 1);
    return { ...plain, fingerprint: createHash('sha1').update(`${what}${count}`).digest('hex') };
  });
  return `${JSON.stringify(issues)}\n`;
}

/** Codacy's results, one value a line. */
export function codacyFormat(report: Report): string {
  return complaintsIn(report)
    .map((each) => {
      const { file: filename, code: patternId, line } = each;
      return `${JSON.stringify({ filename, patternId, message: fullMessage(each), line })}\n`;
    })
    .join('');
}

const SONAR: Readonly<Record<FindingSeverity, string>> = {
  error: 'CRITICAL',
  warning: 'MAJOR',
  info: 'MINOR',
  style: 'INFO',
};

/** SonarQube's generic issues; its columns count from 0, and have to be there in the line. */
export function sonarqubeFormat(report: Report): string {
  const issues = complaintsIn(report).map((each) => ({
    engineId: 'Lapstrake',
    ruleId: each.code,
    severity: SONAR[each.level],
    type: each.level === 'error' ? 'BUG' : 'CODE_SMELL',
    primaryLocation: {
      message: fullMessage(each),
      filePath: plainPath(each.file),
      textRange: sonarRange(each),
    },
  }));
  return `${JSON.stringify({ issues })}\n`;
}

function sonarRange({ line, column, endLine, endColumn }: ReportedComplaint) {
  const lines = { startLine: line, endLine };
  const isEmpty = line === endLine && column === endColumn;
  return isEmpty ? lines : { ...lines, startColumn: column - 1, endColumn: endColumn - 1 };
}
