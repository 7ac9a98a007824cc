import { ownRule } from '../rule.ts';

/** `# Escape=`. */
export const directiveCasing = ownRule(
  {
    id: 'directive-casing',
    title: 'Directives are written in lower case',
    severity: 'style',
    docs: {
      why: 'All documentation and most tools write them so; some look for nothing else.',
      bad: '# Escape=`\nFROM debian:13',
      good: '# escape=`\nFROM debian:13',
      fix: { does: 'Writes the directive in lower case.', sameImage: true },
    },
  },
  function* ({ dockerfile: { syntax } }) {
    const wrong = syntax.directives.filter(({ key }) => key.text !== key.text.toLowerCase());
    const [at] = wrong.length === 0 ? [] : syntax.instructions;
    if (at === undefined) return;
    for (const { key } of wrong) {
      const lower = key.text.toLowerCase();
      yield {
        message: `Write the directive ${key.text} in lower case`,
        range: key.range,
        at,
        fixes: [{ title: `Change to ${lower}`, preferred: true, edits: [{ range: key.range, newText: lower }] }],
      };
    }
  },
);
