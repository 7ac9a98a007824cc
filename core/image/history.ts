import type { ImageConfig } from './config.ts';
import type { DiffId } from './digest.ts';

/** One step of an image's making, and the layer it made. */
export interface ImageStep {
  readonly createdBy: string;
  /** RFC 3339; empty where unknown. */
  readonly created: string;
  readonly comment: string;
  /** Absent for a step that made no layer. */
  readonly diffId?: DiffId;
}

/**
 * An image's steps, lowest first, each with its layer. Layers that the history does not tell of follow as steps without
 * a command: a history is optional and may be wrong.
 */
export function imageSteps({ history, rootfs, created }: ImageConfig): ImageStep[] {
  let next = 0;
  const steps = history.map((entry): ImageStep => {
    const diffId = entry.empty_layer ? undefined : rootfs.diff_ids[next++];
    return {
      createdBy: entry.created_by,
      created: entry.created ?? created ?? '',
      comment: entry.comment,
      ...(diffId === undefined ? {} : { diffId }),
    };
  });
  for (const diffId of rootfs.diff_ids.slice(next)) {
    steps.push({ createdBy: '', created: created ?? '', comment: '', diffId });
  }
  return steps;
}
