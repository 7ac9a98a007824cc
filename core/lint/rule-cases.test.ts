import { describe, expect, it } from 'vitest';
import { shell } from '../bash/shell.test-support.ts';
import { readDockerfile } from '../dockerfile/read.ts';
import { applyEdits } from './apply-edits.ts';
import { BUILDKIT_CASES } from './cases/buildkit.test-support.ts';
import { HADOLINT_CASES } from './cases/hadolint.test-support.ts';
import { OWN_CASES } from './cases/own.test-support.ts';
import { type CaseTable, wholeText } from './cases/rule-cases.test-support.ts';
import { type Finding, type LintOptions, lintDockerfile, RULES } from './lint.ts';

const CASES: CaseTable = { ...BUILDKIT_CASES, ...HADOLINT_CASES, ...OWN_CASES };

function found(code: string, text: string, options: LintOptions = {}): Finding[] {
  return lintDockerfile(readDockerfile(text).value, text, { shell, ...options }).filter((each) => each.code === code);
}

function errors(text: string): number {
  return readDockerfile(text).problems.filter(({ severity }) => severity === 'error').length;
}

describe('every rule', () => {
  it('has at least three hits and three misses', () => {
    const few = RULES.filter(({ code }) => {
      const { hits = [], misses = [] } = CASES[code] ?? {};
      return hits.length < 3 || misses.length < 3;
    });
    expect(few.map(({ code }) => code)).toEqual([]);
    expect(Object.keys(CASES).filter((code) => !RULES.some((rule) => rule.code === code))).toEqual([]);
  });

  it.each(RULES.map((rule) => [rule.code, rule] as const))('%s finds its hits alone', (code) => {
    const { hits = [], misses = [], options } = CASES[code] ?? {};
    expect(hits.filter((text) => found(code, wholeText(text), options).length === 0)).toEqual([]);
    expect(misses.filter((text) => found(code, wholeText(text), options).length > 0)).toEqual([]);
  });

  it.each(RULES.filter(({ docs }) => !docs.bad.startsWith('# with')).map((rule) => [rule.code, rule] as const))(
    '%s finds fault with the bad example of its documentation, not with the good one',
    (code, { docs }) => {
      const { settings } = CASES[code]?.options ?? {};
      const options = settings ? { settings } : {};
      expect(found(code, docs.bad, options)).not.toEqual([]);
      expect(found(code, docs.good, options)).toEqual([]);
      expect(errors(docs.good)).toBe(0);
    },
  );

  it.each(RULES.map((rule) => [rule.code, rule] as const))(
    '%s has fixes that take a finding away and leave a Dockerfile, if its documentation says so',
    (code, { docs }) => {
      const { hits = [], options } = CASES[code] ?? {};
      const wrong: string[] = [];
      let fixes = 0;
      for (const text of [...hits.map(wholeText), docs.bad]) {
        const before = found(code, text, options);
        for (const fix of before.flatMap((finding) => finding.fixes)) {
          fixes++;
          const after = applyEdits(text, fix.edits);
          const isBetter = found(code, after, options).length < before.length && errors(after) <= errors(text);
          if (!isBetter) wrong.push(`${text}\n→ ${after}`);
        }
      }
      expect(wrong).toEqual([]);
      expect(fixes > 0).toBe(docs.fix !== undefined);
    },
  );
});
