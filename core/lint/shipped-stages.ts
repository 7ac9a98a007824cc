import type { StageFacts } from './file-facts.ts';
import type { RunScript } from './run-scripts.ts';

/** The last stage and those that others build on, by index: layers of the rest come into no image. */
export function shippedStages(stages: readonly StageFacts[]): Set<number> {
  const shipped = new Set<number>();
  const last = stages.at(-1);
  if (last) shipped.add(last.stage.index);
  for (const { base } of stages) if (base) shipped.add(base.stage.index);
  return shipped;
}

/** Whether what a RUN leaves behind comes into an image: always behind ONBUILD, where others build on the stage. */
export function isShipped({ run, outer, stage }: RunScript, shipped: ReadonlySet<number>): boolean {
  return stage === -1 || run !== outer || shipped.has(stage);
}
