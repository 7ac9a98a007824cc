import { buildKitUrl, type Rule } from '../rule.ts';
import type { ReadWord } from '../stage-steps.ts';
import { VariableReferences } from '../variable-references.ts';

/** A variable that neither ENV nor ARG nor the base image sets, in a word that BuildKit itself expands; RUN's shell is not looked at. */
export const undefinedVar: Rule = {
  id: 'undefined-var',
  code: 'UndefinedVar',
  title: 'Variables should be defined before their use',
  aliases: [],
  severity: 'warning',
  scope: 'instruction',
  docs: {
    why: 'A variable without a value is empty: paths and settings are others than those that were meant.',
    bad: 'FROM scratch\nENV ROOT=/srv\nWORKDIR $ROTO/app',
    good: 'FROM scratch\nENV ROOT=/srv\nWORKDIR $ROOT/app',
    fix: { does: 'Writes the name that was most likely meant.', changes: 'its value counts where there was none' },
  },
  url: buildKitUrl('undefined-var'),
  *check({ steps }) {
    for (const { at, triggered, missing } of steps) {
      const known = new Map<ReadWord, VariableReferences>();
      for (const { name, word, suggestion } of missing) {
        const references = known.get(word) ?? new VariableReferences(word.token, word.lexer);
        known.set(word, references);
        const hint = suggestion === undefined ? '' : ` (did you mean $${suggestion}?)`;
        yield {
          message: `Usage of undefined variable '$${name}'${hint}`,
          range: triggered ? at.range : references.rangeOf(name),
          at,
          fixes: triggered ? [] : references.renamed(name, suggestion),
        };
      }
    }
  },
};
