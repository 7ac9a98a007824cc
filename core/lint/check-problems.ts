import type { Problem } from '../dockerfile/ast.ts';
import { rangeIn } from '../dockerfile/joined-line.ts';
import { once } from '../dockerfile/once.ts';
import type { Dockerfile } from '../dockerfile/stages.ts';
import { didYouMean } from '../match/did-you-mean.ts';
import { parseCheckOptions } from './check-options.ts';
import { RULES } from './rules.ts';

/** Rules of BuildKit that the plan over the build context finds. */
const ELSEWHERE: readonly string[] = ['CopyIgnoredFile'];

const knownNames = once((): readonly string[] => [
  ...RULES.flatMap(({ code, aliases }) => [code, ...aliases]),
  ...ELSEWHERE,
]);

/**
 * What is wrong with the `check` directive: what BuildKit cannot read keeps it from building; the name of a rule that is
 * misspelt has no effect.
 */
export function checkProblems({ syntax }: Dockerfile): Problem[] {
  const value = syntax.directives.find(({ name }) => name === 'check')?.value;
  if (value === undefined) return [];
  const options = parseCheckOptions(value.text);
  if ('problem' in options) {
    const message = `failed to parse check options: ${options.problem}`;
    return [{ code: 'check-invalid', message, range: value.range, severity: 'error' }];
  }
  const known = knownNames();
  return [...options.skip, ...options.experimental].flatMap((name): Problem[] => {
    const suggestion = known.includes(name) ? undefined : didYouMean(name, known);
    if (suggestion === undefined || /^DL\d+$/.test(name)) return [];
    const start = value.text.indexOf(name);
    const range = rangeIn(value, start, start + name.length);
    const message = `There is no rule ${name} (did you mean ${suggestion}?)`;
    return [{ code: 'check-rule-unknown', message, range, severity: 'warning', suggestion }];
  });
}
