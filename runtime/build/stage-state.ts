import { sha256 } from '../../core/disk/sha256.ts';
import {
  emptyConfig,
  encodeImageConfig,
  type HistoryEntry,
  type ImageConfig,
  type RunConfig,
} from '../../core/image/config.ts';
import { asImageId, type ChainId, chainIds, type DiffId, type ImageId } from '../../core/image/digest.ts';
import type { Platform } from '../../core/image/platform.ts';
import type { Image } from '../images/image-store.ts';

/** An image in the making: a stage up to some step. */
export interface StageState {
  readonly config: Omit<ImageConfig, 'rootfs'>;
  /** Lowest first. */
  readonly layers: readonly DiffId[];
  /** The image of FROM that everything stands on. */
  readonly base: Image | undefined;
  /** What the image's config is to tell builds elsewhere. */
  readonly inlineCache?: unknown;
}

/** What a stage begins with. */
export function fromImage(image: Image): StageState {
  const { rootfs: _, ...config } = image.config;
  return { config, layers: image.layers.map(({ diffId }) => diffId), base: image };
}

/** `FROM scratch`. */
export function fromScratch({ os, architecture, variant }: Platform): StageState {
  return {
    config: {
      created: undefined,
      author: undefined,
      architecture,
      os,
      variant,
      'os.version': undefined,
      config: emptyConfig(),
      history: [],
      container: undefined,
      container_config: undefined,
      docker_version: undefined,
    },
    layers: [],
    base: undefined,
  };
}

/** The state after a step. */
export function afterStep(
  state: StageState,
  step: {
    readonly config: RunConfig;
    /** Undefined for a step that history does not tell of. */
    readonly createdBy: string | undefined;
    readonly at: string;
    readonly diffId: DiffId | undefined;
    readonly author: string | undefined;
  },
): StageState {
  const { createdBy } = step;
  const entries: HistoryEntry[] =
    createdBy === undefined
      ? []
      : [
          {
            created: step.at,
            created_by: createdBy,
            author: step.author,
            comment: '',
            empty_layer: step.diffId === undefined,
          },
        ];
  return {
    base: state.base,
    layers: step.diffId === undefined ? state.layers : [...state.layers, step.diffId],
    config: {
      ...state.config,
      created: step.at,
      author: step.author ?? state.config.author,
      config: step.config,
      history: [...state.config.history, ...entries],
      // Those told of the container that the base was committed from.
      container: undefined,
      container_config: undefined,
      docker_version: undefined,
    },
  };
}

/** The name of the stack of layers; undefined for none. */
export function topOf(state: StageState): ChainId | undefined {
  return chainIds(state.layers, sha256).at(-1);
}

/** The ID that an image of this state has. */
export function imageIdOf(state: StageState): ImageId {
  const isBase = state.inlineCache === undefined && state.config.history === state.base?.config.history;
  if (state.base !== undefined && isBase) return state.base.id;
  const rootfs = { type: 'layers', diff_ids: [...state.layers] };
  return asImageId(sha256(encodeImageConfig({ ...state.config, rootfs }, state.inlineCache)));
}
