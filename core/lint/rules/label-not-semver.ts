import { isSemver, nearSemver } from '../label-values.ts';
import { mistypedLabels } from '../labels.ts';
import { hadolintRule } from '../rule.ts';

/** A demanded label that holds no version: hadolint's DL3056. */
export const labelNotSemver = hadolintRule(
  {
    id: 'label-not-semver',
    code: 'DL3056',
    title: 'A label that should hold a semantic version holds one',
    severity: 'warning',
    scope: 'instruction',
    docs: {
      why: 'Tools that read the label stumble over anything else. Says nothing unless the project lists labels (label-schema).',
      bad: '# with label-schema: {it: semver}\nFROM debian:13\nLABEL it="v1"',
      good: '# with label-schema: {it: semver}\nFROM debian:13\nLABEL it="1.2.3"',
      fix: { does: 'Takes the v away and adds the numbers that are missing.', changes: 'the label has another value' },
    },
  },
  (context) => mistypedLabels(context, 'semver', isSemver, 'a semantic version', nearSemver),
);
