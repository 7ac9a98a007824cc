import type { Dockerfile } from '../dockerfile/stages.ts';
import { parseCheckOptions } from './check-options.ts';
import type { Finding } from './finding.ts';
import { lintDockerfile } from './lint.ts';
import { isBuildKits } from './rule.ts';
import { RULES } from './rules.ts';

const CODES: ReadonlySet<string> = new Set(RULES.filter(isBuildKits).map(({ code }) => code));

/**
 * What BuildKit's checks find in a Dockerfile that asks for its build to fail then (`# check=error=true`); nothing in any
 * other. What base images set is not known yet, so that no variable is missed for it.
 */
export function violatedChecks(dockerfile: Dockerfile, text: string): Finding[] {
  const directive = dockerfile.syntax.directives.find(({ name }) => name === 'check');
  const options = directive === undefined ? undefined : parseCheckOptions(directive.value.text);
  if (options === undefined || 'problem' in options || !options.error) return [];
  return lintDockerfile(dockerfile, text, { baseOf: () => undefined }).filter(({ code }) => CODES.has(code));
}
