import type { Dockerfile } from '../dockerfile/stages.ts';
import { FileContext } from './file-context.ts';
import { fileFacts } from './file-facts.ts';
import type { Finding } from './finding.ts';
import type { LintOptions } from './lint-options.ts';
import type { Report, Rule } from './rule.ts';
import { RULES } from './rules.ts';
import { runScripts } from './run-scripts.ts';
import { ofShellCheck } from './shellcheck-comments.ts';
import { shellCheckScripts } from './shellcheck-scripts.ts';
import { Suppression } from './suppression.ts';

export { checkProblems } from './check-problems.ts';
export type { Finding } from './finding.ts';
export { type Complaint, complaintsOf, isNew, isTold, judge, ownProblems } from './judge.ts';
export type { LintBase, LintOptions } from './lint-options.ts';
export type { FindingSeverity, Fix, RuleInfo, TextEdit } from './rule.ts';
export { RULES } from './rules.ts';

/**
 * Gives what rules find in a Dockerfile, in the order of the text, without what its comments or the options turn off.
 * `text` is what the Dockerfile was read from.
 */
export function lintDockerfile(dockerfile: Dockerfile, text: string, options: LintOptions = {}): Finding[] {
  const suppression = new Suppression(dockerfile, options);
  const scripts = runScripts(dockerfile, options.shell);
  const facts = fileFacts(dockerfile, options);
  const context = new FileContext(dockerfile, text, options, facts, scripts);
  const findings: Finding[] = [];
  for (const rule of options.rules ?? RULES) {
    if (!suppression.mayRun(rule)) continue;
    for (const report of rule.check(context)) {
      if (suppression.allows(rule, report)) findings.push(toFinding(rule, report, suppression));
    }
  }
  findings.push(...ofScripts(dockerfile, options, suppression));
  return findings.sort(
    (a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character,
  );
}

/** What ShellCheck has to say, without what comments and settings turn off. */
function ofScripts(dockerfile: Dockerfile, { shellCheck }: LintOptions, suppression: Suppression): Finding[] {
  if (shellCheck === undefined) return [];
  return shellCheckScripts(dockerfile).flatMap((script) =>
    ofShellCheck(script, shellCheck(script) ?? []).flatMap((finding) => suppression.ofOthers(finding, script.at) ?? []),
  );
}

/** A report as it is told. */
export function toFinding(rule: Rule, { message, range, at, fixes = [] }: Report, suppression: Suppression): Finding {
  return {
    rule: rule.id,
    code: rule.code,
    aliases: rule.aliases,
    message,
    severity: suppression.severity(rule),
    range,
    lines: { start: at.startLine, end: at.endLine },
    ...(rule.url !== undefined && { url: rule.url }),
    ...(rule.tag !== undefined && { tag: rule.tag }),
    fixes,
  };
}
