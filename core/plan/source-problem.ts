import type { IgnoreVerdict } from '../ignore/ignore.ts';
import { pathInRoot } from '../match/clean-path.ts';
import type { PlanInputs, PlanProblem } from './plan.ts';
import type { SourceRange } from './source-range.ts';

/** Says why a source of COPY, ADD or a bind mount cannot be had of the context: it is not there, or ignored. */
export function missingSource(text: string, range: SourceRange, { ignore }: PlanInputs): PlanProblem {
  const path = pathInRoot(text);
  const verdict: IgnoreVerdict | undefined = ignore?.walkTo(path);
  const shown = JSON.stringify(`/${path}`);
  if (verdict?.ignored !== true)
    return {
      code: 'copy-source-missing',
      severity: 'error',
      message: `${shown}: not found in the build context`,
      range,
      subject: text,
    };
  const { pattern } = verdict;
  const line = pattern === undefined ? '' : ` (line ${pattern.line + 1}: ${pattern.text})`;
  return {
    code: 'copy-source-ignored',
    severity: 'error',
    message: `${shown}: not found: .dockerignore excludes it${line}`,
    range,
    subject: text,
  };
}
