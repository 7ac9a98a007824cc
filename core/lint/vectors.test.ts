import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { shell } from '../bash/shell.test-support.ts';
import { readDockerfile } from '../dockerfile/read.ts';
import { applyEdits } from './apply-edits.ts';
import { imageMeaning } from './cases/image-meaning.test-support.ts';
import { type Finding, lintDockerfile, RULES } from './lint.ts';
import { isBuildKits } from './rule.ts';

const DATA = fileURLToPath(new URL('../../../shared/data/dockerfile-vectors.jsonl', import.meta.url));
/** Share of BuildKit's warnings that each rule has to give, with the same lines and words. */
const LEAST = 0.98;
/** How many fixes of a rule are tried. */
const TRIED = 20;

const BUILDKIT = new Set(RULES.filter(isBuildKits).map(({ id }) => id));

interface Vector {
  readonly id: string;
  readonly dockerfile?: string;
  readonly b64?: string;
  readonly expect: {
    readonly parseError: string | null;
    readonly lintError: { readonly message: string } | null;
    readonly warnings?: readonly Warning[];
  };
}

interface Warning {
  readonly rule: string;
  readonly line: number;
  readonly endLine: number;
  readonly detail: string;
}

interface RuleScore {
  expected: number;
  given: number;
  /** Given, but not expected. */
  surplus: string[];
}

const isThere = existsSync(DATA);
const where = isThere ? '' : ' (what BuildKit answers is not in ../shared/data)';

describe.skipIf(!isThere)(`rules against BuildKit${where}`, () => {
  const vectors = isThere ? readVectors() : [];

  it('warn where it warns, in its words, and nowhere else', () => {
    const scores = scoreRules(vectors);
    console.log(report(scores));
    const low = [...scores].filter(([, { expected, given }]) => given < expected * LEAST).map(([rule]) => rule);
    expect(low).toEqual([]);
    expect([...scores.values()].flatMap(({ surplus }) => surplus)).toEqual([]);
  }, 60_000);

  it('offer fixes that take the finding away, break nothing, and keep the image where they say so', () => {
    const tried = new Map<string, number>();
    const wrong = vectors.flatMap(({ id, ...vector }) => {
      const text = textOf(vector);
      const findings = lint(text);
      return findings.flatMap((finding) => {
        const count = tried.get(finding.rule) ?? 0;
        if (finding.fixes.length === 0 || count >= TRIED) return [];
        tried.set(finding.rule, count + 1);
        return fixHolds(text, findings, finding) ? [] : [`${id}: ${finding.code} ${finding.lines.start + 1}`];
      });
    });
    expect(wrong).toEqual([]);
  }, 60_000);
});

function readVectors(): Vector[] {
  const lines = readFileSync(DATA, 'utf8').trim().split('\n');
  return lines.map((line): Vector => JSON.parse(line));
}

function textOf({ dockerfile, b64 }: Pick<Vector, 'dockerfile' | 'b64'>): string {
  return dockerfile ?? Buffer.from(b64 ?? '', 'base64').toString('utf8');
}

function lint(text: string): Finding[] {
  return lintDockerfile(readDockerfile(text).value, text, { shell });
}

function scoreRules(vectors: readonly Vector[]): Map<string, RuleScore> {
  const scores = new Map<string, RuleScore>();
  const scoreOf = (rule: string): RuleScore => {
    const score = scores.get(rule) ?? { expected: 0, given: 0, surplus: [] };
    scores.set(rule, score);
    return score;
  };
  for (const vector of vectors) {
    const { parseError, lintError, warnings = [] } = vector.expect;
    const text = textOf(vector);
    const ours = lintDockerfile(readDockerfile(text).value, text).filter(({ rule }) => BUILDKIT.has(rule));
    const left = ours.map(({ code, lines, message }) => `${code} ${lines.start + 1}-${lines.end + 1} ${message}`);
    for (const { rule, line, endLine, detail } of warnings) {
      const score = scoreOf(rule);
      score.expected++;
      const at = left.indexOf(`${rule} ${line}-${endLine} ${detail}`);
      if (at === -1) continue;
      score.given++;
      left.splice(at, 1);
    }
    // BuildKit stops at the first error: what it would have said below is not known.
    if (parseError !== null || (lintError !== null && !lintError.message.startsWith('lint violation'))) continue;
    for (const text of left) scoreOf(text.slice(0, text.indexOf(' '))).surplus.push(`${vector.id}: ${text}`);
  }
  return scores;
}

function report(scores: ReadonlyMap<string, RuleScore>): string {
  const rules = [...scores].sort(([a], [b]) => a.localeCompare(b));
  const lines = rules.map(
    ([rule, { expected, given, surplus }]) => `${rule}: ${given} of ${expected}, ${surplus.length} too many`,
  );
  return lines.join('\n');
}

function fixHolds(text: string, before: readonly Finding[], { code, fixes }: Finding): boolean {
  const count = (findings: readonly Finding[]) => findings.filter((each) => each.code === code).length;
  const fix = RULES.find((rule) => rule.code === code)?.docs.fix ?? { none: '' };
  return fixes.every(({ edits }) => {
    const after = applyEdits(text, edits);
    if (count(lint(after)) >= count(before)) return false;
    if (readDockerfile(after).problems.length > readDockerfile(text).problems.length) return false;
    return !('sameImage' in fix) || imageMeaning(after) === imageMeaning(text);
  });
}
