import { isLicence, nearLicence } from '../label-values.ts';
import { mistypedLabels } from '../labels.ts';
import { hadolintRule } from '../rule.ts';

/** A demanded label that holds no licence: hadolint's DL3054. */
export const labelNotSpdx = hadolintRule(
  {
    id: 'label-not-spdx',
    code: 'DL3054',
    title: 'A label that should hold an SPDX identifier holds one',
    severity: 'warning',
    scope: 'instruction',
    docs: {
      why: 'Tools that read the label stumble over anything else. Says nothing unless the project lists labels (label-schema).',
      bad: '# with label-schema: {it: spdx}\nFROM debian:13\nLABEL it="my own"',
      good: '# with label-schema: {it: spdx}\nFROM debian:13\nLABEL it="MIT"',
      fix: { does: 'Writes the identifier as SPDX does.', changes: 'the label has another value' },
    },
  },
  (context) => mistypedLabels(context, 'spdx', isLicence, 'an SPDX identifier', nearLicence),
);
