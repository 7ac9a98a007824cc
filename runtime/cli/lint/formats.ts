import {
  codacyFormat,
  codeclimateFormat,
  gitlabFormat,
  jsonFormat,
  sarifFormat,
  sonarqubeFormat,
} from './json-formats.ts';
import { githubFormat, gnuFormat, ttyFormat } from './line-formats.ts';
import type { Report } from './report.ts';
import { checkstyleFormat, junitFormat } from './xml-formats.ts';

/** How a report can be written, by the name that `--format` takes. */
export const LINT_FORMATS = {
  tty: ttyFormat,
  json: jsonFormat,
  sarif: sarifFormat,
  checkstyle: checkstyleFormat,
  codeclimate: codeclimateFormat,
  gitlab_codeclimate: gitlabFormat,
  github: githubFormat,
  gnu: gnuFormat,
  codacy: codacyFormat,
  sonarqube: sonarqubeFormat,
  junit: junitFormat,
} as const satisfies Readonly<Record<string, (report: Report) => string>>;

export type LintFormat = keyof typeof LINT_FORMATS;

/** Whether a name is that of a format. */
export function isLintFormat(name: string): name is LintFormat {
  return Object.hasOwn(LINT_FORMATS, name);
}
