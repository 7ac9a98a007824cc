import type { Ignore } from '../ignore/ignore.ts';
import type { RunConfig } from '../image/config.ts';
import type { ChainId, ImageId } from '../image/digest.ts';
import type { Platform } from '../image/platform.ts';
import type { Effect } from './effect.ts';
import type { FileTree } from './file-tree.ts';
import type { SourceRange } from './source-range.ts';

/** What an engine knows of an image that a Dockerfile builds on. */
export interface BaseImage {
  readonly id: ImageId;
  /** Of its topmost layer; absent for an image without layers. */
  readonly chainId?: ChainId;
  readonly config: RunConfig;
}

/** All that a plan depends on beside the Dockerfile. */
export interface PlanInputs {
  /** The build context without what .dockerignore excludes; absent where it is not known (a remote context). */
  readonly context?: FileTree;
  /** The .dockerignore that `context` went through: says why a source is missing. */
  readonly ignore?: Ignore;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Name or index of the stage to build; absent means the last. */
  readonly target?: string;
  /** Keys are references as FROM and `--from` spell them, expanded: `node:current-slim`; with a platform: `imageKey`. */
  readonly images: ReadonlyMap<string, BaseImage>;
  /** What the image is for; absent means the same as `buildPlatform`. */
  readonly targetPlatform?: Platform;
  readonly buildPlatform: Platform;
  /** `--label` of the build. */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * What SOURCE_DATE_EPOCH has turned out to be, in seconds since 1970, in the place of what the build or an ARG above the first
   * FROM says; '' where it is as if it had not been given.
   */
  readonly sourceDate?: string;
  /** Plans every stage, needed or not: for the editor. */
  readonly allStages?: boolean;
  /** Says whether a file of the context is a tar archive, compressed or not; without it, its name decides. */
  readonly isArchive?: (path: string) => boolean;
}

/** What a stage starts from. */
export type StageBase =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'stage'; readonly stage: number }
  | {
      readonly kind: 'image';
      /** As FROM spells it, expanded. */
      readonly reference: string;
      /** Absent where no engine told: its config and its ONBUILD triggers are unknown then. */
      readonly image?: BaseImage;
    };

/** One instruction of a stage, and what it does to the image. */
export interface PlannedStep {
  /** Upper case. */
  readonly keyword: string;
  /** In the Dockerfile; of a trigger: the FROM that fired it. */
  readonly range: SourceRange;
  /** As written, in one line. */
  readonly text: string;
  /** The same with variables expanded, as `docker history` shows it. */
  readonly createdBy: string;
  /** It leaves no line in the history. */
  readonly unrecorded?: true;
  /** An ONBUILD instruction of the base image. */
  readonly trigger: boolean;
  readonly layer: boolean;
  readonly effect: Effect;
  /** ENV and ARG in force for this instruction's own words. */
  readonly variables: Readonly<Record<string, string>>;
  /** The image's config after this step. */
  readonly config: RunConfig;
}

/** One FROM and what follows it. */
export interface PlannedStage {
  /** Position among the Dockerfile's stages, from 0. */
  readonly index: number;
  readonly name?: string;
  /** Of the FROM instruction. */
  readonly range: SourceRange;
  /** The FROM instruction as written, in one line. */
  readonly text: string;
  readonly base: StageBase;
  readonly platform: Platform;
  /** Stages whose result this one needs, by index. */
  readonly needs: readonly number[];
  readonly steps: readonly PlannedStep[];
  /** Of MAINTAINER, its own or the base's. */
  readonly author?: string;
  /** The config that a stage or an image on top of this one starts with. */
  readonly config: RunConfig;
  /** False where the base's config is not known, so that inherited values may be missing. */
  readonly baseKnown: boolean;
}

/** A Dockerfile, resolved: the builder executes it, the editor shows it. */
export interface BuildPlan {
  /** Needed stages only (all with `allStages`), each after those it needs. */
  readonly stages: readonly PlannedStage[];
  /** Index of the stage that becomes the image; absent where the Dockerfile has no stage or not that one. */
  readonly target?: number;
  /** Images that FROM, `--from` and mounts refer to, expanded, each once: what an engine is asked for. */
  readonly references: readonly string[];
}

/** What keeps a Dockerfile from being built, or from being built as meant. */
export interface PlanProblem {
  /** Stable name: `copy-source-missing`. */
  readonly code: PlanProblemCode;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly range: SourceRange;
  /** The path, stage or variable that it is about. */
  readonly subject?: string;
  /** The base image's ONBUILD instruction that it is about; `range` is then of the FROM that fired it. */
  readonly trigger?: string;
}

export type PlanProblemCode =
  /** No such path in the context. */
  | 'copy-source-missing'
  /** The path is there, but .dockerignore excludes it. */
  | 'copy-source-ignored'
  /** A wildcard without a match: legal, but brings nothing. */
  | 'copy-matches-nothing'
  | 'copy-destination-invalid'
  | 'copy-flag-invalid'
  | 'git-source-invalid'
  | 'stage-unknown'
  | 'stage-circular'
  | 'target-unknown'
  | 'base-invalid'
  | 'platform-invalid'
  | 'expansion-failed'
  | 'port-invalid'
  | 'mount-invalid'
  | 'signal-invalid'
  | 'trigger-invalid'
  | 'source-date-invalid'
  | 'no-stages';

/** Planning never throws: what can be planned is, and the rest is said. */
export interface PlanResult {
  readonly value: BuildPlan;
  readonly problems: readonly PlanProblem[];
}
