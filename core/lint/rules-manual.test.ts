import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BUILDKIT_ELSEWHERE, HADOLINT_ELSEWHERE, UTILS } from './elsewhere.ts';
import { CHECKOV, TRIVY } from './elsewhere-security.ts';
import { RULES } from './rules.ts';
import { rulesManual } from './rules-manual.ts';

/** BuildKit 0.32. */
const BUILDKIT =
  'StageNameCasing FromAsCasing NoEmptyContinuation ConsistentInstructionCasing DuplicateStageName ReservedStageName ' +
  'JSONArgsRecommended MaintainerDeprecated UndefinedArgInFrom WorkdirRelativePath UndefinedVar ' +
  'MultipleInstructionsDisallowed LegacyKeyValueFormat InvalidBaseImagePlatform RedundantTargetPlatform ' +
  'SecretsUsedInArgOrEnv InvalidDefaultArgInFrom FromPlatformFlagConstDisallowed CopyIgnoredFile ' +
  'InvalidDefinitionDescription ExposeProtoCasing ExposeInvalidFormat';
/** hadolint's numbers, with those that it has under a name of BuildKit's, too. */
const HADOLINT = '1000-1001 3000-3004 3006-3016 3018-3030 3032-3038 3040-3067 4000-4001 4003-4006';
/** Numbers that hadolint has not given, or has taken back. */
const GAPS = new Set(['DL3017', 'DL3031', 'DL3039', 'DL4002']);

const elsewhere = [...BUILDKIT_ELSEWHERE, ...HADOLINT_ELSEWHERE, ...UTILS, ...TRIVY, ...CHECKOV];
const known = new Set([
  ...RULES.flatMap(({ code, aliases }) => [code, ...aliases]),
  ...elsewhere.map(({ name }) => name),
]);

describe('docs/rules.md', () => {
  it('is what is generated (npm run rules-doc writes it)', () => {
    const file = fileURLToPath(new URL('../../docs/rules.md', import.meta.url));
    expect(readFileSync(file, 'utf8')).toBe(rulesManual());
  });

  it('leaves out no rule of BuildKit and hadolint', () => {
    const numbers = HADOLINT.split(' ').flatMap((span) => {
      const [first = 0, last = first] = span.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => `DL${first + index}`);
    });
    const all = [...BUILDKIT.split(' '), ...numbers.filter((name) => !GAPS.has(name))];
    expect(all.filter((name) => !known.has(name))).toEqual([]);
  });

  it('names what finds each check of others here, or says why nothing does', () => {
    expect(elsewhere.filter(({ ours, note }) => ours.length === 0 && note === undefined)).toEqual([]);
    const security = [...TRIVY, ...CHECKOV].flatMap(({ ours }) => ours);
    expect(security.filter((code) => !RULES.some((rule) => rule.code === code))).toEqual([]);
  });

  it('calls nothing by a name that Checkov does not have', () => {
    const aliases = RULES.flatMap((rule) => rule.aliases).filter((name) => /^CKV/.test(name));
    expect(aliases.filter((name) => !CHECKOV.some((check) => check.name === name))).toEqual([]);
  });
});
