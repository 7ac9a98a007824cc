import { buildOrder, referredStage, type Stage, stageReferences } from '../../core/dockerfile/stages.ts';
import type { DockerfileStage, StageNeed } from '../../protocol/lsp.ts';
import type { Reading } from '../reading.ts';

/** The stages of a Dockerfile, in its order, with what each needs: what the editor draws as a tree. */
export function stageGraph({ dockerfile: { stages } }: Reading): DockerfileStage[] {
  const last = stages.at(-1);
  const built = new Set(last === undefined ? [] : buildOrder(stages, last));
  return stages.map((stage) => ({
    name: stage.from.stage?.text ?? String(stage.index),
    image: stage.from.image?.text ?? '',
    line: stage.from.node.startLine,
    instructions: stage.instructions.length,
    isBuilt: built.has(stage),
    needs: needsOf(stages, stage),
  }));
}

/** Each stage and image once for each way in which it is needed. */
function needsOf(stages: readonly Stage[], stage: Stage): StageNeed[] {
  const seen = new Set<string>();
  return stageReferences(stage).flatMap((reference): StageNeed[] => {
    const { kind, token } = reference;
    const found = referredStage(stages, stage, reference);
    const key = `${kind} ${found?.index ?? token.text}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [
      {
        kind,
        name: found?.from.stage?.text ?? token.text,
        line: token.range.start.line,
        ...(found && { stage: found.index }),
      },
    ];
  });
}
