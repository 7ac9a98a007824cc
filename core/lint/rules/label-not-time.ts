import { isTime } from '../label-values.ts';
import { mistypedLabels } from '../labels.ts';
import { hadolintRule } from '../rule.ts';

/** A demanded label that holds no time: hadolint's DL3053. */
export const labelNotTime = hadolintRule(
  {
    id: 'label-not-time',
    code: 'DL3053',
    title: 'A label that should hold a time as in RFC 3339 holds one',
    severity: 'warning',
    scope: 'instruction',
    docs: {
      why: 'Tools that read the label stumble over anything else. Says nothing unless the project lists labels (label-schema).',
      bad: '# with label-schema: {it: rfc3339}\nFROM debian:13\nLABEL it="yesterday"',
      good: '# with label-schema: {it: rfc3339}\nFROM debian:13\nLABEL it="2026-01-31T10:00:00Z"',
      fix: { none: 'Which moment was meant cannot be told from the text.' },
    },
  },
  (context) => mistypedLabels(context, 'rfc3339', isTime, 'a time as in RFC 3339'),
);
