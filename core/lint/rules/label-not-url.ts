import { mistypedLabels } from '../labels.ts';
import { hadolintRule } from '../rule.ts';

/** A demanded label that holds no URL: hadolint's DL3052. */
export const labelNotUrl = hadolintRule(
  {
    id: 'label-not-url',
    code: 'DL3052',
    title: 'A label that should hold a URL holds one',
    severity: 'warning',
    scope: 'instruction',
    docs: {
      why: 'Tools that read the label stumble over anything else. Says nothing unless the project lists labels (label-schema).',
      bad: '# with label-schema: {it: url}\nFROM debian:13\nLABEL it="not a url"',
      good: '# with label-schema: {it: url}\nFROM debian:13\nLABEL it="https://example.com/"',
      fix: { none: 'Which address was meant cannot be told from the text.' },
    },
  },
  (context) =>
    mistypedLabels(
      context,
      'url',
      (value) => /^[A-Za-z][A-Za-z0-9+.-]*:(?:%[0-9A-Fa-f]{2}|[\w.~:/?#[\]@!$&'()*+,;=-])*$/.test(value),
      'a URL',
    ),
);
