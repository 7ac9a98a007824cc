import type { Platform } from '../image/platform.ts';
import { imageKey } from './image-key.ts';
import type { BuildPlan } from './plan.ts';
import { originsOf } from './plan-stage.ts';

/** An image that a plan needs. */
export interface NeededImage {
  /** As FROM, `--from` and mounts spell it, expanded. */
  readonly reference: string;
  readonly platform: Platform;
  /** Its name in `PlanInputs.images`. */
  readonly key: string;
}

/** The images that a plan needs, each once: those of FROM for its stage's platform, others for the target's. */
export function neededImages({ stages }: BuildPlan, target: Platform): NeededImage[] {
  const needed = new Map<string, NeededImage>();
  const add = (reference: string, platform: Platform): void => {
    const key = imageKey(reference, platform, target);
    if (!needed.has(key)) needed.set(key, { reference, platform, key });
  };
  for (const { base, platform, steps } of stages) {
    if (base.kind === 'image') add(base.reference, platform);
    for (const origin of steps.flatMap(originsOf)) {
      if (origin.kind === 'image' && origin.refused !== true) add(origin.reference, target);
    }
  }
  return [...needed.values()];
}
