import { isLower } from '../letter-case.ts';
import { buildKitUrl, type Rule } from '../rule.ts';

/** MAINTAINER, which a label replaces. */
export const maintainerDeprecated: Rule = {
  id: 'maintainer-deprecated',
  code: 'MaintainerDeprecated',
  title: 'The MAINTAINER instruction is deprecated, use a label instead to define an image author',
  aliases: ['DL4000'],
  severity: 'warning',
  scope: 'instruction',
  docs: {
    why: 'MAINTAINER is gone from the format; a label can be read by tools.',
    bad: 'FROM debian:13\nMAINTAINER ann@example.com',
    good: 'FROM debian:13\nLABEL org.opencontainers.image.authors="ann@example.com"',
    fix: { does: 'Changes it to a label.', changes: 'the image loses its author field and gains the label' },
  },
  tag: 'deprecated',
  url: buildKitUrl('maintainer-deprecated'),
  *check({ dockerfile }) {
    for (const instruction of dockerfile.instructions) {
      if (instruction.kind !== 'MAINTAINER') continue;
      const { node, maintainer } = instruction;
      const label = isLower(node.keyword.text) ? 'label' : 'LABEL';
      const author = unquoted(maintainer?.text ?? '').replaceAll(/["$\\`]/g, (char) =>
        char === '`' && dockerfile.syntax.escape !== '`' ? char : `${dockerfile.syntax.escape}${char}`,
      );
      const newText = `${label} org.opencontainers.image.authors="${author}"`;
      yield {
        message: 'Maintainer instruction is deprecated in favor of using label',
        range: node.keyword.range,
        at: node,
        fixes: maintainer ? [{ title: `Change to ${label}`, edits: [{ range: node.range, newText }] }] : [],
      };
    }
  },
};

/** People quote the name as if MAINTAINER took quotes off. */
function unquoted(text: string): string {
  return /^"([^"\\$]*)"$/.exec(text)?.[1] ?? text;
}
