import { isLower, isUpper } from '../letter-case.ts';
import { buildKitUrl, type Rule } from '../rule.ts';

/** `FROM … as` or `from … AS`: the two keywords in different cases. */
export const fromAsCasing: Rule = {
  id: 'from-as-casing',
  code: 'FromAsCasing',
  title: "The 'as' keyword should match the case of the 'from' keyword",
  aliases: [],
  severity: 'warning',
  scope: 'instruction',
  docs: {
    why: 'FROM and AS belong together and should look it.',
    bad: 'FROM debian:13 as base',
    good: 'FROM debian:13 AS base',
    fix: { does: 'Writes AS as FROM is written.', sameImage: true },
  },
  url: buildKitUrl('from-as-casing'),
  *check({ dockerfile }) {
    for (const { from } of dockerfile.stages) {
      const { keyword } = from.node;
      // By place, so that a FROM with words too many is told as well.
      const as = from.node.args[2] && from.node.args[1];
      if (as?.text.toUpperCase() !== 'AS') continue;
      // A keyword in mixed case is consistent-instruction-casing's to tell.
      if (!isLower(keyword.text) && !isUpper(keyword.text)) continue;
      const newText = isLower(keyword.text) ? as.text.toLowerCase() : as.text.toUpperCase();
      if (newText === as.text) continue;
      yield {
        message: `'${as.text}' and '${keyword.text}' keywords' casing do not match`,
        range: as.range,
        at: from.node,
        fixes: [{ title: `Change to ${newText}`, preferred: true, edits: [{ range: as.range, newText }] }],
      };
    }
  },
};
