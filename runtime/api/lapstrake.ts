import * as z from 'zod/mini';
import { type Digest, parseDigest } from '../../core/image/digest.ts';
import type { BuildRecord } from '../../protocol/build-record.ts';
import type { ImageUsers } from '../../protocol/image-users.ts';
import type { EngineCacheResult } from '../../protocol/lsp.ts';
import { notFound } from '../errors.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { Routes } from './exchange.ts';

/** What our own endpoints stand on. */
export interface LapstrakeBackend {
  readonly images: Pick<ImageStore, 'layers'>;
  /** What the builder recorded under cache keys. */
  cacheRecords(keys: readonly Digest[]): Promise<EngineCacheResult>;
  /** The users in an image's /etc/passwd; undefined where that takes unpacking it. EngineError `not-found`. */
  imageUsers(name: string): Promise<readonly string[] | undefined>;
  /** How an image was built; undefined where it was not built here. */
  buildRecord(name: string): Promise<BuildRecord | undefined>;
  /** Which drivers this machine gets, why, and what would add more. */
  doctor(): Promise<unknown>;
}

const CacheRequest = z.object({ keys: z.array(z.string()) });

/** Endpoints beside Docker's: the build cache, the files and users of images, what the machine allows. */
export function lapstrakeRoutes(backend: LapstrakeBackend): Routes {
  return {
    'POST /lapstrake/cache': async (x) => {
      const { keys } = await x.json(CacheRequest);
      x.sendJson(200, await backend.cacheRecords(keys.flatMap((key) => parseDigest(key) ?? [])));
    },
    'GET /lapstrake/images/{name*}/layers': async (x) =>
      x.sendJson(200, await backend.images.layers(x.params.name ?? '', x.signal)),
    'GET /lapstrake/images/{name*}/users': async (x) =>
      x.sendJson(200, { users: (await backend.imageUsers(x.params.name ?? '')) ?? null } satisfies ImageUsers),
    'GET /lapstrake/images/{name*}/build': async (x) => {
      const { name = '' } = x.params;
      const record = await backend.buildRecord(name);
      if (record === undefined) {
        const message = `image ${name} was not built by this engine: only built images have a record`;
        throw notFound({ code: 'build-record-missing', message, subject: name });
      }
      x.sendJson(200, record);
    },
    'GET /lapstrake/doctor': async (x) => x.sendJson(200, await backend.doctor()),
  };
}
