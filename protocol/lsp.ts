import type { DiffId, Digest, ImageId } from '../core/image/digest.ts';
import type { RegistryImage } from '../core/registry/registry-image.ts';

/**
 * Requests beside LSP between the language server and the extension. The server never talks to an engine: it asks the
 * extension, which answers from the engine it is connected to, or with nulls where there is none.
 */
export const EngineImages = 'lapstrake/engine/images';
export const EngineCache = 'lapstrake/engine/cache';
export const EngineImageNames = 'lapstrake/engine/imageNames';
export const RegistryImages = 'lapstrake/registry/images';
export const RegistryNames = 'lapstrake/registry/names';
/** Extension → server: the engine, its images or its build cache changed; cached answers are stale. */
export const EngineChanged = 'lapstrake/engine/changed';

/** Extension → server: the workspace is trusted from now on. */
export const WorkspaceTrusted = 'lapstrake/trusted';

/** Extension → server: the stages of an open Dockerfile. */
export const DockerfileStages = 'lapstrake/stages';

export interface DockerfileStagesParams {
  readonly uri: string;
}

export interface DockerfileStagesResult {
  /** In the order of the file; empty for what is no Dockerfile or not open. */
  readonly stages: readonly DockerfileStage[];
}

export interface DockerfileStage {
  /** As it is written; its index where it has none. */
  readonly name: string;
  /** What FROM names. */
  readonly image: string;
  /** Of its FROM, from 0. */
  readonly line: number;
  readonly instructions: number;
  /** Whether a build of the last stage builds it. */
  readonly isBuilt: boolean;
  readonly needs: readonly StageNeed[];
}

/** A stage or an image that a stage needs. */
export interface StageNeed {
  readonly kind: 'base' | 'copy' | 'mount';
  readonly name: string;
  /** Index; absent for an image. */
  readonly stage?: number;
  /** Of what says so, from 0. */
  readonly line: number;
}

/** Features that other extensions may offer for Dockerfiles, too. */
export const LANGUAGE_FEATURES = [
  'completion',
  'hover',
  'signatureHelp',
  'definition',
  'highlights',
  'rename',
  'symbols',
  'folding',
  'formatting',
  'links',
  'semanticTokens',
] as const;

export type LanguageFeature = (typeof LANGUAGE_FEATURES)[number];

/** What the extension tells the server when it starts. */
export interface ServerOptions {
  /** Features not to offer. */
  readonly leaveOut?: readonly LanguageFeature[];
}

export interface EngineImagesParams {
  /** As written in FROM, expanded: `node:current-slim`. */
  readonly references: readonly string[];
}

export interface EngineImage {
  readonly id: ImageId;
  readonly diffIds: readonly DiffId[];
  /** Bytes, of each layer's uncompressed content where the engine says so, lowest first; else empty. */
  readonly layerSizes: readonly number[];
  readonly size: number;
  readonly created: string;
  readonly repoDigests: readonly string[];
  readonly env: readonly string[];
  readonly exposedPorts: readonly string[];
  readonly user: string;
  /** Names in its /etc/passwd; absent where the engine does not say. */
  readonly users?: readonly string[];
  readonly workingDir: string;
  readonly onBuild: readonly string[];
  /** `linux/arm64/v8`; '' where the engine does not say. */
  readonly platform: string;
}

export interface EngineImagesResult {
  readonly images: Readonly<Record<string, EngineImage | null>>;
}

/** A name of an image that the engine has. */
export interface EngineImageName {
  /** As people write it: `node:current-slim`. */
  readonly reference: string;
  /** Bytes. */
  readonly size: number;
  /** RFC 3339; '' where the engine does not say. */
  readonly created: string;
  /** Of its manifest in the registry that it was pulled from. */
  readonly digest?: string;
}

export interface EngineImageNamesResult {
  readonly images: readonly EngineImageName[];
}

export interface RegistryImagesParams {
  /** `node:22`, `localhost:5000/app@sha256:…` (`registryName`). */
  readonly names: readonly string[];
}

export interface RegistryImagesResult {
  /** Null where the registry does not answer, or is not asked. */
  readonly images: Readonly<Record<string, RegistryImage | null>>;
}

export interface RegistryNamesParams {
  /** What names are wanted for: `node:` for tags, `localhost:5000/` for repositories. */
  readonly written: string;
}

export interface RegistryNamesResult {
  /** Whole names, as people write them; the first thousand. */
  readonly names: readonly string[];
}

export interface EngineCacheParams {
  /** Cache keys of core/plan, one per instruction. */
  readonly keys: readonly Digest[];
}

/** What the builder recorded when it last executed an instruction with this cache key. */
export interface CacheRecord {
  readonly key: Digest;
  /** Absent for an instruction that made no layer. */
  readonly diffId?: DiffId;
  /** The layers that it was done with, as `core/plan/predict-cache` names them. */
  readonly ground?: string;
  /** Bytes of the layer's files. */
  readonly bytes: number;
  readonly files: number;
  /** Milliseconds that the instruction took. */
  readonly duration: number;
  /** RFC 3339. */
  readonly builtAt: string;
}

export interface EngineCacheResult {
  /** One for each key that was asked for, null where the step was not built; empty where the engine does not tell. */
  readonly records: Readonly<Record<string, CacheRecord | null>>;
}
