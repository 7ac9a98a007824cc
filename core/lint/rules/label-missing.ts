import { hadolintRule } from '../rule.ts';
import { lineageOf, type Section } from '../sections.ts';
import { unquoted } from '../source-kind.ts';

/** A stage without a label that the project demands: hadolint's DL3049. */
export const labelMissing = hadolintRule(
  {
    id: 'label-missing',
    code: 'DL3049',
    title: 'Images have the labels that the project demands',
    severity: 'info',
    looksAt: ['FROM', 'ARG', 'LABEL', 'COPY'],
    docs: {
      why: 'Whoever looks after images finds out by labels what they are. Says nothing unless the project lists labels (label-schema).',
      bad: '# with label-schema: {version: semver}\nFROM debian:13\nRUN build-it',
      good: '# with label-schema: {version: semver}\nFROM debian:13\nLABEL version=1.2.3\nRUN build-it',
      fix: { none: 'The value of the label is known to the author alone, and an invented one is worse than none.' },
    },
  },
  function* ({ sections, options }) {
    const demanded = [...(options.settings?.labels.keys() ?? [])];
    if (demanded.length === 0) return;
    const helpers = helpersOf(sections);
    for (const section of sections) {
      const { from, stage } = section;
      if (from === undefined || (stage?.stage.name !== undefined && helpers.has(stage.stage.name))) continue;
      for (const label of demanded) {
        if (lineageOf(section).some((each) => hasLabel(each, label))) continue;
        if (sections.some((other) => lineageOf(other).slice(1).includes(section) && hasLabel(other, label))) continue;
        yield { message: `The label ${label} is missing in this stage`, range: from.node.range, at: from.node };
      }
    }
  },
);

/** Stages that others copy from: no images come of them. */
function helpersOf(sections: readonly Section[]): Set<string> {
  return new Set(
    sections.flatMap(({ instructions }) =>
      instructions.flatMap((each) => (each.kind === 'COPY' && each.from ? [each.from.text.toLowerCase()] : [])),
    ),
  );
}

function hasLabel({ instructions }: Section, label: string): boolean {
  return instructions.some(
    (each) => each.kind === 'LABEL' && each.pairs.some(({ name }) => unquoted(name.text) === label),
  );
}
