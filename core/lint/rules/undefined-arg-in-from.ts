import type { Token } from '../../dockerfile/ast.ts';
import type { Expansion } from '../../dockerfile/expand.ts';
import { didYouMean } from '../../match/did-you-mean.ts';
import { buildKitUrl, type Report, type Rule, type RuleContext } from '../rule.ts';
import { VariableReferences } from '../variable-references.ts';

/** FROM with an argument that no ARG above the first FROM declares. */
export const undefinedArgInFrom: Rule = {
  id: 'undefined-arg-in-from',
  code: 'UndefinedArgInFrom',
  title: 'FROM command must use declared ARGs',
  aliases: [],
  severity: 'warning',
  looksAt: ['FROM', 'ARG'],
  docs: {
    why: 'A name that no ARG above declares is empty: another image than the one that was meant, or none.',
    bad: 'ARG TAG=13\nFROM debian:13${TGA}',
    good: 'ARG TAG=13\nFROM debian:${TAG}',
    fix: { does: 'Writes the name that was most likely meant.', changes: 'its value counts where there was none' },
  },
  url: buildKitUrl('undefined-arg-in-from'),
  *check(context) {
    for (const { stage, image, platform } of context.facts.stages) {
      const { node, image: imageToken, platform: platformToken } = stage.from;
      for (const report of missing(context, imageToken, image)) yield { ...report, at: node };
      for (const report of missing(context, platformToken, platform)) yield { ...report, at: node };
    }
  },
};

function missing(
  { facts: { globals, lexer } }: RuleContext,
  token: Token | undefined,
  expansion: Expansion | undefined,
): Omit<Report, 'at'>[] {
  if (token === undefined || expansion === undefined) return [];
  if (expansion.unmatched.size === 0) return [];
  const references = new VariableReferences(token, lexer);
  return [...expansion.unmatched]
    .filter((name) => !globals.names.has(name))
    .map((name) => {
      const suggestion = didYouMean(name, globals.names);
      const hint = suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`;
      return {
        message: `FROM argument '${name}' is not declared${hint}`,
        range: references.rangeOf(name),
        fixes: references.renamed(name, suggestion),
      };
    });
}
