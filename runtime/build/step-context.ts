import type { ContextContents } from '../../core/disk/plan-keys.ts';
import type { ChainId, DiffId } from '../../core/image/digest.ts';
import type { Origin } from '../../core/plan/effect.ts';
import type { BuildRequest, StepProgress } from './builder.ts';
import type { BuildFloor } from './floor.ts';
import type { RemoteSources } from './remote-sources.ts';
import type { StageState } from './stage-state.ts';

/** What a step needs of the build that it belongs to. */
export interface StepContext {
  readonly floor: BuildFloor;
  readonly request: BuildRequest;
  readonly progress: StepProgress;
  readonly signal: AbortSignal;
  /** The stage up to this step. */
  readonly state: StageState;
  /** Stacks whose topmost layer this instruction made in earlier builds, the latest first (`earlierLayers`). */
  readonly earlier: () => Promise<readonly ChainId[]>;
  /** Keeps a layer until the build has ended; said before it is added. */
  readonly keep: (diffId: DiffId) => void;
  /** What the files of the context held when the cache keys were made. */
  readonly contents: ContextContents;
  /** What ADD takes from elsewhere. */
  readonly remotes: RemoteSources;
  /** The files of another stage or image. */
  readonly origin: (origin: Exclude<Origin, { kind: 'context' }>) => Promise<StageState>;
}

/** What a step made: a layer that the store has as a blob and the snapshotter as the next in the stack. */
export interface MadeLayer {
  readonly diffId: DiffId;
  readonly bytes: number;
  readonly files: number;
}
