import { mistypedLabels } from '../labels.ts';
import { hadolintRule } from '../rule.ts';

/** A demanded label that holds no hash: hadolint's DL3055. */
export const labelNotHash = hadolintRule(
  {
    id: 'label-not-hash',
    code: 'DL3055',
    title: 'A label that should hold a git hash holds one',
    severity: 'warning',
    scope: 'instruction',
    docs: {
      why: 'Tools that read the label stumble over anything else. Says nothing unless the project lists labels (label-schema).',
      bad: '# with label-schema: {it: hash}\nFROM debian:13\nLABEL it="main"',
      good: '# with label-schema: {it: hash}\nFROM debian:13\nLABEL it="8f936c5"',
      fix: { none: 'Which commit was meant cannot be told from the text.' },
    },
  },
  (context) => mistypedLabels(context, 'hash', (value) => /^(?:[0-9a-f]{7}|[0-9a-f]{40})$/.test(value), 'a git hash'),
);
