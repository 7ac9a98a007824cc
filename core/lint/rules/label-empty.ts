import { labelsOf } from '../labels.ts';
import { hadolintRule } from '../rule.ts';

/** A demanded label without a value: hadolint's DL3051. */
export const labelEmpty = hadolintRule(
  {
    id: 'label-empty',
    code: 'DL3051',
    title: 'Labels that the project demands have a value',
    severity: 'warning',
    scope: 'instruction',
    docs: {
      why: 'An empty label tells nobody anything. Says nothing unless the project lists labels (label-schema).',
      bad: '# with label-schema: {version: text}\nFROM debian:13\nLABEL version=""',
      good: '# with label-schema: {version: text}\nFROM debian:13\nLABEL version="1.2.3"',
      fix: { none: 'The value of the label is known to the author alone.' },
    },
  },
  function* (context) {
    const { labels } = context.options.settings ?? {};
    if (labels === undefined || labels.size === 0) return;
    for (const { key, value, name, instruction } of labelsOf(context)) {
      if (!labels.has(key) || value !== '') continue;
      yield { message: `The label ${key} is empty`, range: name.range, at: instruction.node };
    }
  },
);
