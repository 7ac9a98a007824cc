import { buildKitUrl, type Rule } from '../rule.ts';
import { referenceTo } from '../variable-references.ts';

/** A variable that neither ENV nor ARG nor the base image sets, in a word that BuildKit itself expands; RUN's shell is not looked at. */
export const undefinedVar: Rule = {
  id: 'undefined-var',
  code: 'UndefinedVar',
  title: 'Variables should be defined before their use',
  aliases: [],
  severity: 'warning',
  url: buildKitUrl('undefined-var'),
  *check({ facts }) {
    for (const { at, triggered, missing } of facts.stages.flatMap(({ steps }) => steps)) {
      for (const { name, word, suggestion } of missing) {
        const { range, rename } = referenceTo(name, word.token, word.lexer);
        const fix = suggestion === undefined || triggered ? undefined : rename(suggestion);
        const hint = suggestion === undefined ? '' : ` (did you mean $${suggestion}?)`;
        yield {
          message: `Usage of undefined variable '$${name}'${hint}`,
          range: triggered ? at.range : range,
          at,
          fixes: fix ? [fix] : [],
        };
      }
    }
  },
};
