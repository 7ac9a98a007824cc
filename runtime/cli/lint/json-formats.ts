import { createHash } from 'node:crypto';
import type { FindingSeverity } from '../../../core/lint/lint.ts';
import { complaintsIn, fullMessage, type Report, type ReportedComplaint } from './report.ts';

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
            rules: rules.map(({ code, url }) => ({ id: code, ...(url !== undefined && { helpUri: url }) })),
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
                artifactLocation: { uri: encodeURI(each.file) },
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
    location: { path: each.file, lines: { begin: each.line, end: each.line } },
    severity: IMPACTS[each.level],
  };
}

/** Code Climate's engines: one issue after the other, each ended by a zero byte. */
export function codeclimateFormat(report: Report): string {
  return complaintsIn(report)
    .map((each) => `${JSON.stringify(issue(each))}\0`)
    .join('');
}

/** What GitLab takes of Code Climate's format: an array, with a fingerprint for each issue. */
export function gitlabFormat(report: Report): string {
  const issues = complaintsIn(report).map((each) => {
    const plain = issue(each);
    return { ...plain, fingerprint: createHash('sha1').update(JSON.stringify(plain)).digest('hex') };
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

/** SonarQube's generic issues; its columns count from 0. */
export function sonarqubeFormat(report: Report): string {
  const issues = complaintsIn(report).map((each) => ({
    engineId: 'Lapstrake',
    ruleId: each.code,
    severity: SONAR[each.level],
    type: each.level === 'error' ? 'BUG' : 'CODE_SMELL',
    primaryLocation: {
      message: fullMessage(each),
      filePath: each.file,
      textRange: { startLine: each.line, endLine: each.line, startColumn: 0, endColumn: 1 },
    },
  }));
  return `${JSON.stringify({ issues })}\n`;
}
