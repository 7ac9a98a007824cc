import { RULES } from './rules.ts';

/** What a person reads before a fix of a rule is applied: with what it changes, where the image does not stay the same. */
export function fixTitle(code: string, title: string): string {
  const fix = RULES.find((rule) => rule.code === code)?.docs.fix;
  return fix !== undefined && 'changes' in fix ? `${title} (${fix.changes})` : title;
}
