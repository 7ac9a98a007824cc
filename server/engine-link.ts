import type { Connection } from 'vscode-languageserver/node';
import { sha256 } from '../core/disk/sha256.ts';
import { emptyConfig } from '../core/image/config.ts';
import { chainIds, type Digest } from '../core/image/digest.ts';
import { putWithin } from '../core/match/bounded-map.ts';
import type { BaseImage } from '../core/plan/plan.ts';
import {
  type CacheRecord,
  EngineCache,
  type EngineCacheResult,
  type EngineImage,
  type EngineImageName,
  EngineImageNames,
  type EngineImageNamesResult,
  EngineImages,
  type EngineImagesResult,
} from '../protocol/lsp.ts';
import { withinPatience } from './patience.ts';
import { RegistryLink } from './registry-link.ts';

/** Milliseconds that a text waits for what an engine says of it. */
const PATIENCE = 500;
/** Images that are remembered: somebody who types makes many names that nobody means. */
const MOST = 2000;

/** What the extension's engine knows, asked once for each thing until the engine says that it changed. */
export class EngineLink {
  /** Counts the changes of the engine: what was computed under an older number is stale. */
  generation = 0;
  /** Counts what was told of images: what was computed from `knownImage` under an older number is stale. */
  known = 0;
  private images = new Map<string, Promise<EngineImage | undefined>>();
  private readonly told = new Map<string, EngineImage>();
  private names: Promise<readonly EngineImageName[]> | undefined;
  /** What registries say, which outlives every change of the engine. */
  readonly registry: RegistryLink;

  /** `answered` is called for answers that came too late to be waited for. */
  constructor(
    private readonly connection: Connection,
    private readonly answered: () => void,
  ) {
    this.registry = new RegistryLink(
      (method, params) => this.request(method, params),
      () => {
        this.known++;
        this.answered();
      },
    );
  }

  /** Forgets all answers. */
  forget(): void {
    this.generation++;
    this.images = new Map();
    this.names = undefined;
  }

  /** What the engine last said of an image, without asking anew. */
  knownImage(reference: string): EngineImage | undefined {
    return this.told.get(reference);
  }

  /** The names of all images that the engine has; none where there is no engine, or while it does not answer. */
  async imageNames(): Promise<readonly EngineImageName[]> {
    this.names ??= this.request<EngineImageNamesResult>(EngineImageNames, {}).then((answer) => answer?.images ?? []);
    return (await withinPatience(this.names, PATIENCE)) ?? [];
  }

  /** The images of these names that the engine has; none where there is no engine, or while it does not answer. */
  async imagesOf(references: readonly string[]): Promise<ReadonlyMap<string, EngineImage>> {
    const unknown = references.filter((reference) => !this.images.has(reference));
    if (unknown.length > 0) this.ask(unknown);
    const { images } = this;
    const found = Promise.all(references.map(async (reference) => [reference, await images.get(reference)] as const));
    const entries = await withinPatience(found, PATIENCE);
    if (entries === undefined) {
      found.then(() => {
        if (this.images !== images) return;
        this.generation++;
        this.answered();
      }, undefined);
    }
    return new Map((entries ?? []).flatMap(([reference, image]) => (image ? [[reference, image] as const] : [])));
  }

  /** What the engine recorded under cache keys; undefined where it keeps no such records, or there is none. */
  async cacheOf(keys: readonly Digest[]): Promise<ReadonlyMap<Digest, CacheRecord> | undefined> {
    if (keys.length === 0) return new Map();
    const answer = await withinPatience(this.request<EngineCacheResult>(EngineCache, { keys }), PATIENCE);
    if (answer === undefined || keys.some((key) => answer.records[key] === undefined)) return undefined;
    return new Map(
      keys.flatMap((key) => {
        const record = answer.records[key];
        return record ? [[key, record] as const] : [];
      }),
    );
  }

  private ask(references: readonly string[]): void {
    const answer = this.request<EngineImagesResult>(EngineImages, { references });
    for (const reference of references) {
      const image = answer.then((result) => {
        const found = result?.images[reference] ?? undefined;
        const before = this.told.get(reference);
        if (found === undefined) this.told.delete(reference);
        else this.told.set(reference, found);
        if (before?.id !== found?.id) this.known++;
        return found;
      });
      putWithin(this.images, reference, image, MOST);
    }
  }

  /** A client that does not know the request, as other editors, has no engine. */
  private async request<Result>(method: string, params: object): Promise<Result | undefined> {
    try {
      return await this.connection.sendRequest<Result>(method, params);
    } catch (error) {
      this.connection.console.log(`no answer to ${method}: ${String(error)}`);
      return undefined;
    }
  }
}

/** An engine's image as plans know it; what the request does not bring is as if it were not set. */
export function asBaseImage({ id, diffIds, env, user, workingDir, onBuild, exposedPorts }: EngineImage): BaseImage {
  const chainId = chainIds(diffIds, sha256).at(-1);
  return {
    id,
    ...(chainId !== undefined && { chainId }),
    config: {
      ...emptyConfig(),
      Env: [...env],
      User: user,
      WorkingDir: workingDir,
      OnBuild: [...onBuild],
      ExposedPorts: Object.fromEntries(exposedPorts.map((port) => [port, {}])),
    },
  };
}
