import type Docker from 'dockerode';
import * as z from 'zod/mini';
import { asDiffId, asImageId, type ImageId, parseDigest } from '../../core/image/digest.ts';
import { ImageUsers } from '../../protocol/image-users.ts';
import type {
  CacheRecord,
  EngineCacheParams,
  EngineCacheResult,
  EngineImage,
  EngineImageName,
  EngineImageNamesResult,
  EngineImagesResult,
} from '../../protocol/lsp.ts';
import { request } from '../engines/docker.ts';
import { statusCode } from '../errors.ts';

const Strings = z.optional(z.nullable(z.array(z.string())));
const Image = z.object({
  Id: z.string(),
  Size: z.number(),
  Created: z.optional(z.string()),
  RepoDigests: Strings,
  RootFS: z.optional(z.object({ Layers: Strings })),
  Os: z.optional(z.string()),
  Architecture: z.optional(z.string()),
  Variant: z.optional(z.string()),
  Config: z.optional(
    z.nullable(
      z.object({
        Env: Strings,
        ExposedPorts: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
        User: z.optional(z.string()),
        WorkingDir: z.optional(z.string()),
        OnBuild: Strings,
      }),
    ),
  ),
});

/** Reads `GET /images/{name}/json` into what the language server asks for; undefined for what is no image. */
export function readImage(value: unknown): EngineImage | undefined {
  const parsed = Image.safeParse(value);
  const id = parsed.success ? parseDigest(parsed.data.Id) : undefined;
  if (!parsed.success || id === undefined) return undefined;
  const { Size, Created, RepoDigests, RootFS, Config, Os, Architecture, Variant } = parsed.data;
  const diffIds = (RootFS?.Layers ?? []).flatMap((layer) => parseDigest(layer) ?? []).map(asDiffId);
  return {
    id: asImageId(id),
    diffIds,
    layerSizes: [],
    size: Size,
    created: Created ?? '',
    repoDigests: RepoDigests ?? [],
    env: Config?.Env ?? [],
    exposedPorts: Object.keys(Config?.ExposedPorts ?? {}),
    user: Config?.User ?? '',
    workingDir: Config?.WorkingDir ?? '',
    onBuild: Config?.OnBuild ?? [],
    platform: [Os, Architecture, Variant].filter((part) => part !== undefined && part !== '').join('/'),
  };
}

/** What users an image has, by its ID; undefined where the engine does not say. */
export type UsersOf = (id: ImageId) => Promise<readonly string[] | undefined>;

/** Looks the images up that the server names: null for one that the engine does not have. */
export async function engineImages(
  docker: Docker,
  references: readonly string[],
  usersOf: UsersOf = async () => undefined,
): Promise<EngineImagesResult> {
  const images = await Promise.all(
    references.map(async (reference) => {
      const found = await docker
        .getImage(reference)
        .inspect()
        .catch((error: unknown) => {
          if (statusCode(error) === undefined) throw error;
          return undefined;
        });
      const image = readImage(found);
      const users = image && (await usersOf(image.id));
      return [reference, image === undefined ? null : { ...image, ...(users && { users }) }] as const;
    }),
  );
  return { images: Object.fromEntries(images) };
}

const Listed = z.array(
  z.object({ RepoTags: Strings, RepoDigests: Strings, Size: z.number(), Created: z.optional(z.number()) }),
);

/** The names of all images that the engine has (`GET /images/json`), without those that have none. */
export async function engineImageNames(docker: Docker): Promise<EngineImageNamesResult> {
  return { images: readImageNames(await docker.listImages()) };
}

/** Reads `GET /images/json` into names. Throws a ZodError for anything else. */
export function readImageNames(value: unknown): EngineImageName[] {
  return Listed.parse(value).flatMap(({ RepoTags, RepoDigests, Size, Created }) =>
    (RepoTags ?? [])
      .filter((reference) => !reference.includes('<none>'))
      .map((reference) => {
        const repository = reference.slice(0, reference.lastIndexOf(':'));
        const digest = (RepoDigests ?? []).find((each) => each.startsWith(`${repository}@`));
        return {
          reference,
          size: Size,
          created: Created === undefined ? '' : new Date(Created * 1000).toISOString(),
          ...(digest !== undefined && { digest: digest.slice(repository.length + 1) }),
        };
      }),
  );
}

const Records = z.object({
  records: z.record(
    z.string(),
    z.nullable(
      z.object({
        key: z.string(),
        diffId: z.optional(z.string()),
        ground: z.optional(z.string()),
        bytes: z.number(),
        files: z.number(),
        duration: z.number(),
        builtAt: z.string(),
      }),
    ),
  ),
});

/** Asks our engine what it has built (`POST /lapstrake/cache`). */
export async function engineCache(docker: Docker, params: EngineCacheParams): Promise<EngineCacheResult> {
  const answer = Records.parse(await request(docker, 'POST', '/lapstrake/cache', params));
  const records = Object.entries(answer.records).map(([name, record]): [string, CacheRecord | null] => {
    const key = record === null ? undefined : parseDigest(record.key);
    if (record === null || key === undefined) return [name, null];
    const { diffId, ground, ...rest } = record;
    const layer = diffId === undefined ? undefined : parseDigest(diffId);
    const stood = ground === undefined ? {} : { ground };
    return [name, { ...rest, key, ...stood, ...(layer === undefined ? {} : { diffId: asDiffId(layer) }) }];
  });
  return { records: Object.fromEntries(records) };
}

/** The users of an engine's images, each image asked for once: what an ID names never changes. */
export class KnownUsers {
  readonly #known = new Map<ImageId, readonly string[]>();

  /** Asks our engine (`GET /lapstrake/images/{name}/users`); undefined where it does not say. */
  async of(docker: Docker, id: ImageId): Promise<readonly string[] | undefined> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const answer = await request(docker, 'GET', `/lapstrake/images/${id}/users`).catch((error: unknown) => {
      // An engine of before this endpoint, or an image that went meanwhile.
      if (statusCode(error) === undefined) throw error;
      return undefined;
    });
    const users = ImageUsers.safeParse(answer).data?.users ?? undefined;
    if (users !== undefined) this.#known.set(id, users);
    return users;
  }
}

/** Nothing known, which is not the same as nothing built: for engines that keep no such records, and while none is connected. */
export const NO_CACHE: EngineCacheResult = { records: {} };
