import { referredStage, type Stage, stageReferences } from '../../dockerfile/stages.ts';
import { buildKitUrl, type Rule, type TextEdit } from '../rule.ts';

/** A stage's name in capitals: stage names count in lower case, and whoever refers to it meets another name. */
export const stageNameCasing: Rule = {
  id: 'stage-name-casing',
  code: 'StageNameCasing',
  title: 'Stage names should be lowercase',
  aliases: [],
  severity: 'warning',
  url: buildKitUrl('stage-name-casing'),
  *check({ dockerfile: { stages } }) {
    for (const stage of stages) {
      const { node, stage: name } = stage.from;
      if (name === undefined || node.args.length !== 3) continue;
      const lower = name.text.toLowerCase();
      if (name.text === lower) continue;
      const edits = [{ range: name.range, newText: lower }, ...references(stages, stage, lower)];
      yield {
        message: `Stage name '${name.text}' should be lowercase`,
        range: name.range,
        at: node,
        fixes: [{ title: `Change to ${lower}`, preferred: true, edits }],
      };
    }
  },
};

/** Where the stage is named in another case than its own. */
function references(stages: readonly Stage[], stage: Stage, newText: string): TextEdit[] {
  return stages.flatMap((other) =>
    stageReferences(other)
      .filter((reference) => referredStage(stages, other, reference) === stage)
      .filter(({ token }) => token.text !== newText && token.text.toLowerCase() === newText)
      .map(({ token: { range } }) => ({ range, newText })),
  );
}
