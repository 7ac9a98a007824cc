import { pipeline } from 'node:stream/promises';
import * as z from 'zod/mini';
import { type Digest, parseDigest } from '../../core/image/digest.ts';
import type { BuildRecord } from '../../protocol/build-record.ts';
import type { ImageUsers } from '../../protocol/image-users.ts';
import type { EngineCacheResult } from '../../protocol/lsp.ts';
import { invalid, notFound } from '../errors.ts';
import { type ImageFilesGround, imageFiles } from '../images/image-files.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { Exchange, Routes } from './exchange.ts';

/** What our own endpoints stand on. */
export interface LapstrakeBackend {
  readonly images: Pick<ImageStore, 'layers' | 'resolve' | 'remove'> & ImageFilesGround['images'];
  readonly snapshots: ImageFilesGround['snapshots'];
  /** What the builder recorded under cache keys. */
  cacheRecords(keys: readonly Digest[]): Promise<EngineCacheResult>;
  /** The users in an image's /etc/passwd; undefined where that takes unpacking it. EngineError `not-found`. */
  imageUsers(name: string): Promise<readonly string[] | undefined>;
  /** How an image was built; undefined where it was not built here. */
  buildRecord(name: string): Promise<BuildRecord | undefined>;
  /** Which drivers this machine gets, why, and what would add more. */
  doctor(): Promise<unknown>;
}

/** The files of each `image`, those of several each in the folder that the `below` of the same place names. */
async function sendFiles(x: Exchange, { images, snapshots }: LapstrakeBackend): Promise<void> {
  const below = x.query.all('below');
  const outside = below.find((folder) => !/^[\w.-]*$/.test(folder) || /^\.+$/.test(folder));
  if (outside !== undefined)
    throw invalid({ code: 'query-invalid', message: `invalid query: below is no name: ${outside}`, subject: outside });
  const wanted = x.query.all('image').map((name, i) => ({ image: images.resolve(name), below: below[i] ?? '' }));
  const archive = imageFiles(wanted, { images, snapshots }, x.signal);
  await pipeline(archive, x.startStream('application/x-tar'), { signal: x.signal });
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
    'GET /lapstrake/files': (x) => sendFiles(x, backend),
    'DELETE /lapstrake/images/{name}': async (x) => {
      await backend.images.remove(x.params.name ?? '', { noPrune: true, onlyUnnamed: true });
      x.sendEmpty(204);
    },
    'GET /lapstrake/doctor': async (x) => x.sendJson(200, await backend.doctor()),
  };
}
