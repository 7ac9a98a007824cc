import { removeItem } from '../instruction-edits.ts';
import { labelsOf } from '../labels.ts';
import { hadolintRule } from '../rule.ts';

/** A label that a strict project does not list: hadolint's DL3050. */
export const labelSuperfluous = hadolintRule(
  {
    id: 'label-superfluous',
    code: 'DL3050',
    title: 'Images have no other labels than the project lists',
    severity: 'info',
    scope: 'instruction',
    docs: {
      why: 'A project with strict labels wants to know of every other one. Says nothing without strict-labels.',
      bad: '# with strict-labels: true, label-schema: {version: semver}\nFROM debian:13\nLABEL version=1.2.3 mood=good',
      good: '# with strict-labels: true, label-schema: {version: semver}\nFROM debian:13\nLABEL version=1.2.3',
      fix: { does: 'Removes the label.', changes: 'the image loses it' },
    },
  },
  function* (context) {
    const { settings } = context.options;
    if (settings === undefined || !settings.strictLabels) return;
    for (const { key, name, instruction } of labelsOf(context)) {
      if (settings.labels.has(key)) continue;
      const { node, pairs } = instruction;
      const ranges = pairs.map((pair) => ({ start: pair.name.range.start, end: pair.value.range.end }));
      const index = pairs.findIndex((pair) => pair.name === name);
      yield {
        message: `The label ${key} is not among those of the project`,
        range: name.range,
        at: node,
        fixes: [{ title: `Remove ${key}`, edits: [removeItem(node, ranges, index)] }],
      };
    }
  },
);
