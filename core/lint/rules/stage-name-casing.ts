import type { Token } from '../../dockerfile/ast.ts';
import { referredStage, type Stage, stageReferences } from '../../dockerfile/stages.ts';
import { buildKitUrl, type Rule } from '../rule.ts';

/** A stage's name in capitals: stage names count in lower case, and whoever refers to it meets another name. */
export const stageNameCasing: Rule = {
  id: 'stage-name-casing',
  code: 'StageNameCasing',
  title: 'Stage names should be lowercase',
  aliases: [],
  severity: 'warning',
  docs: {
    why: 'Names of stages are compared in lower case.',
    bad: 'FROM debian:13 AS Base',
    good: 'FROM debian:13 AS base',
    fix: { does: 'Writes the name in lower case, also where it is used.', sameImage: true },
  },
  url: buildKitUrl('stage-name-casing'),
  *check({ dockerfile: { stages } }) {
    const wrong = stages.filter(({ name, from }) => from.node.args.length === 3 && from.stage?.text !== name);
    const references = wrong.length === 0 ? new Map<Stage, Token[]>() : referencesByStage(stages);
    for (const stage of wrong) {
      const { node, stage: name } = stage.from;
      if (name === undefined) continue;
      const lower = name.text.toLowerCase();
      const edits = [name, ...(references.get(stage) ?? [])].map(({ range }) => ({ range, newText: lower }));
      yield {
        message: `Stage name '${name.text}' should be lowercase`,
        range: name.range,
        at: node,
        fixes: [{ title: `Change to ${lower}`, preferred: true, edits }],
      };
    }
  },
};

/** Where stages are named in another case than their own. */
function referencesByStage(stages: readonly Stage[]): Map<Stage, Token[]> {
  const found = new Map<Stage, Token[]>();
  for (const stage of stages) {
    for (const reference of stageReferences(stage)) {
      const { token } = reference;
      const meant = referredStage(stages, stage, reference);
      if (meant === undefined || token.text === meant.name || token.text.toLowerCase() !== meant.name) continue;
      found.set(meant, [...(found.get(meant) ?? []), token]);
    }
  }
  return found;
}
