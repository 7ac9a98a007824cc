import { describe, expect, it } from 'vitest';
import { shell } from '../bash/shell.test-support.ts';
import { readDockerfile } from '../dockerfile/read.ts';
import { planDockerfile } from '../plan/plan-dockerfile.ts';
import { applyEdits } from './apply-edits.ts';
import { BUILDKIT_CASES } from './cases/buildkit.test-support.ts';
import { HADOLINT_CASES } from './cases/hadolint.test-support.ts';
import { imageMeaning } from './cases/image-meaning.test-support.ts';
import { OWN_CASES } from './cases/own.test-support.ts';
import { type CaseTable, wholeText } from './cases/rule-cases.test-support.ts';
import { fixTitle } from './fix-title.ts';
import { type Finding, type Fix, type LintOptions, lintDockerfile, RULES } from './lint.ts';

const CASES: CaseTable = { ...BUILDKIT_CASES, ...HADOLINT_CASES, ...OWN_CASES };

function found(code: string, text: string, options: LintOptions = {}): Finding[] {
  return lintDockerfile(readDockerfile(text).value, text, { shell, ...options }).filter((each) => each.code === code);
}

/** How many reasons there are not to build it, those included that its plan finds. */
function errors(text: string, { context }: LintOptions = {}): number {
  const { value, problems } = readDockerfile(text);
  const inputs = { buildArgs: {}, images: new Map(), buildPlatform: { os: 'linux', architecture: 'amd64' } };
  const planned = planDockerfile(value, { ...inputs, allStages: true, ...(context && { context: context.tree }) });
  return [...problems, ...planned.problems].filter(({ severity }) => severity === 'error').length;
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
      const { options } = CASES[code] ?? {};
      const tried = fixesOf(code, docs.bad);
      const wrong = tried.filter(({ before, after }) => {
        const isLess = found(code, after, options).length < found(code, before, options).length;
        return !isLess || errors(after, options) > errors(before, options);
      });
      expect(wrong).toEqual([]);
      expect(tried.length > 0).toBe(!('none' in docs.fix));
    },
  );

  it.each(RULES.filter(({ docs }) => 'sameImage' in docs.fix).map((rule) => [rule.code, rule] as const))(
    '%s has fixes that keep the image: the builder would do the same',
    (code, { docs }) => {
      const { options } = CASES[code] ?? {};
      for (const { before, after } of fixesOf(code, docs.bad)) {
        expect(imageMeaning(after, options), after).toBe(imageMeaning(before, options));
      }
    },
  );

  it('has fixes to be applied unasked only where they keep the image', () => {
    const unasked = RULES.filter(({ code, docs }) => fixesOf(code, docs.bad).some(({ fix }) => fix.preferred));
    expect(unasked.length).toBeGreaterThan(0);
    expect(unasked.filter(({ docs }) => !('sameImage' in docs.fix)).map(({ code }) => code)).toEqual([]);
  });

  it('has fixes whose titles say what they change, where they do', () => {
    expect(fixTitle('DL3015', 'Add --no-install-recommends')).toMatch(
      /^Add --no-install-recommends \(recommended .*\)$/,
    );
    expect(fixTitle('FromAsCasing', 'Change to AS')).toBe('Change to AS');
    const clauses = RULES.flatMap(({ docs: { fix } }) => ('changes' in fix ? [fix.changes] : []));
    expect(clauses.filter((clause) => !/^[^A-Z(].*[^.)]$/.test(clause))).toEqual([]);
  });
});

interface TriedFix {
  readonly fix: Fix;
  readonly before: string;
  readonly after: string;
}

/** Every fix of every hit of a rule, applied by itself. */
function fixesOf(code: string, bad: string): TriedFix[] {
  const { hits = [], options } = CASES[code] ?? {};
  return [...hits.map(wholeText), bad].flatMap((before) =>
    found(code, before, options)
      .flatMap(({ fixes }) => fixes)
      .map((fix) => ({ fix, before, after: applyEdits(before, fix.edits) })),
  );
}
