import type { ImageId } from '../../core/image/digest.ts';
import type { RunEffect } from '../../core/plan/effect.ts';
import type { PlannedStep } from '../../core/plan/plan.ts';
import type { BuildFloor } from './floor.ts';
import type { StageState } from './stage-state.ts';

/** Of images that hold what there was before a RUN that failed: the instruction. */
export const FAILED_LABEL = 'lapstrake.failed-instruction';

/**
 * Keeps what there was before a RUN as an image without a name, in which a shell has the RUN's own user, folder and
 * variables, arguments of the build among them, but none of its secrets.
 */
export async function keepState(
  { images }: BuildFloor,
  state: StageState,
  step: PlannedStep,
  run: RunEffect,
): Promise<ImageId> {
  const config = {
    ...step.config,
    Env: Object.entries(run.environment).map(([name, value]) => `${name}=${value}`),
    User: run.user,
    WorkingDir: run.workingDir,
    Entrypoint: undefined,
    Cmd: ['/bin/sh'],
    Labels: { ...step.config.Labels, [FAILED_LABEL]: step.text },
  };
  const image = await images.create({
    config: { ...state.config, config },
    layers: state.layers,
    parent: state.base?.id,
    references: [],
  });
  return image.id;
}
