import { isEmail } from '../label-values.ts';
import { mistypedLabels } from '../labels.ts';
import { hadolintRule } from '../rule.ts';

/** A demanded label that holds no address: hadolint's DL3058. */
export const labelNotEmail = hadolintRule(
  {
    id: 'label-not-email',
    code: 'DL3058',
    title: 'A label that should hold an email address holds one',
    severity: 'warning',
    scope: 'instruction',
    docs: {
      why: 'Tools that read the label stumble over anything else. Says nothing unless the project lists labels (label-schema).',
      bad: '# with label-schema: {it: email}\nFROM debian:13\nLABEL it="nobody"',
      good: '# with label-schema: {it: email}\nFROM debian:13\nLABEL it="ann@example.com"',
      fix: { none: 'Which address was meant cannot be told from the text.' },
    },
  },
  (context) => mistypedLabels(context, 'email', isEmail, 'an email address'),
);
