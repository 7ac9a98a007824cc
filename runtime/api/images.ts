import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod/mini';
import { formatPlatform, type Platform } from '../../core/image/platform.ts';
import type { Filters } from '../../protocol/engine/filters.ts';
import { invalid, unsupported } from '../errors.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { ManifestWishes } from '../registry/manifest-wishes.ts';
import type { Exchange, Routes } from './exchange.ts';
import { header } from './header.ts';
import { LineStream } from './line-stream.ts';
import { shapeImageInspect, shapeImageSummary } from './shapes/images.ts';

/** What a client says about itself to a registry (`X-Registry-Auth`), as it came. */
export interface TransferOptions {
  readonly auth: string | undefined;
  /** One line of progress. */
  readonly progress: (record: object) => void;
  readonly signal: AbortSignal;
}

/** A tar of files that becomes an image. */
export interface ImportSource {
  /** `-` for the body, or a URL. */
  readonly source: string;
  readonly body: Readable;
  readonly name: string | undefined;
  readonly message: string | undefined;
  readonly changes: readonly string[];
  readonly platform: string | undefined;
  readonly signal: AbortSignal;
}

/** Of images of several platforms the one that is meant; all of them where undefined. */
export interface PlatformOption {
  readonly platform: Platform | undefined;
}

/** Moves images between the store and the world outside. */
export interface ImageTransfer {
  /** Without a tag or digest: every tag of the repository. */
  pull(reference: string, options: TransferOptions & { readonly platform: string | undefined }): Promise<void>;
  /** With a platform, what the reference means for that alone. */
  push(
    reference: string,
    options: TransferOptions & PlatformOption & { readonly manifest?: ManifestWishes },
  ): Promise<void>;
  /** Takes in an archive of `docker save` or `skopeo`. */
  load(archive: Readable, options: Omit<TransferOptions, 'auth'> & PlatformOption): Promise<void>;
  /** Makes an image of a tar of files; gives its ID. */
  import(request: ImportSource): Promise<string>;
  /** An archive of images by name. */
  save(names: readonly string[], options: PlatformOption & { readonly signal: AbortSignal }): Promise<Readable>;
}

/** `/images` of the Docker Engine API. */
export function imageRoutes(images: ImageStore, transfer: ImageTransfer): Routes {
  const name = (x: Exchange): string => x.params.name ?? '';
  const save = async (x: Exchange, names: readonly string[]): Promise<void> => {
    const archive = await transfer.save(names, { platform: onlyPlatform(x), signal: x.signal });
    await pipeline(archive, x.startStream('application/x-tar'), { signal: x.signal });
  };
  return {
    'GET /images/json': (x) => {
      const sizes = x.query.flag('shared-size') ? 'shared' : 'own';
      const manifests = x.version.atLeast('1.47') && x.query.flag('manifests') ? 'listed' : 'none';
      const found = images.list({ all: x.query.flag('all'), filters: listFilters(x), sizes, manifests });
      x.sendJson(
        200,
        found.map((each) => shapeImageSummary(each, x.version)),
      );
    },
    'POST /images/create': async (x) => {
      if (x.query.text('fromImage') === undefined && x.query.text('fromSrc') !== undefined)
        return importFrom(x, transfer);
      const reference = pullReference(x);
      const lines = new LineStream(x);
      await lines.run(() =>
        transfer.pull(reference, {
          auth: header(x, 'x-registry-auth'),
          platform: x.query.text('platform'),
          progress: lines.write,
          signal: x.signal,
        }),
      );
    },
    'POST /images/load': async (x) => {
      const lines = new LineStream(x);
      const quiet = x.query.flag('quiet');
      const progress = (record: object): void => {
        if (!quiet || !('progressDetail' in record)) lines.write(record);
      };
      const platform = onlyPlatform(x);
      await lines.run(async () => {
        try {
          await transfer.load(x.body, { progress, platform, signal: x.signal });
        } catch (error) {
          // As dockerd does it: a load always answers 200, and tells within its stream what was wrong.
          if (!x.signal.aborted) lines.start();
          throw error;
        }
      });
    },
    'GET /images/get': (x) =>
      save(
        x,
        x.query.all('names').flatMap((each) => each.split(',')),
      ),
    'POST /images/prune': async (x) => {
      const { removed, reclaimed } = await images.prune(x.query.filters());
      x.sendJson(200, { ImagesDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: reclaimed });
    },
    'GET /images/{name*}/json': (x) => inspectImage(x, images, name(x)),
    'GET /images/{name*}/history': (x) => {
      const platform = x.version.atLeast('1.48') ? x.query.platform('platform') : undefined;
      x.sendJson(200, images.history(name(x), platform));
    },
    'GET /images/{name*}/get': (x) => save(x, [name(x)]),
    'POST /images/{name*}/tag': async (x) => {
      const tag = x.query.text('tag');
      await images.tag(name(x), `${x.query.required('repo')}${tag === undefined ? '' : `:${tag}`}`);
      x.sendEmpty(201);
    },
    'POST /images/{name*}/push': async (x) => {
      const auth = header(x, 'x-registry-auth');
      if (auth === undefined) {
        throw invalid({ code: 'auth-missing', message: 'Bad parameters and missing X-Registry-Auth' });
      }
      const tag = x.query.text('tag');
      const lines = new LineStream(x);
      // Before that clients sent one along that nobody heeded.
      const platform = x.version.atLeast('1.46') ? x.query.platform('platform') : undefined;
      const manifest = manifestWishes(x);
      const options = { auth, platform, manifest, progress: lines.write, signal: x.signal };
      await lines.run(() => transfer.push(tag === undefined ? name(x) : `${name(x)}:${tag}`, options));
    },
    'DELETE /images/{name*}': async (x) => {
      const options = { force: x.query.flag('force'), noPrune: x.query.flag('noprune') };
      if (x.version.atLeast('1.50')) refusePartialRemoval(images, name(x), x.query.platforms('platforms'));
      x.sendJson(200, await images.remove(name(x), options));
    },
  };
}

/** What a pushed manifest is to have: ours, as of the API's no client asks. Error: EngineError `invalid`. */
function manifestWishes({ query }: Exchange): ManifestWishes {
  const text = query.text('annotations') ?? '{}';
  try {
    return { annotations: z.parse(Annotations, JSON.parse(text)), oci: query.flag('ocimediatypes') };
  } catch (cause) {
    throw invalid({
      code: 'query-invalid',
      message: `invalid query: annotations cannot be read: ${text.slice(0, 200)}`,
      subject: 'annotations',
      cause,
    });
  }
}

const Annotations = z.record(z.string(), z.string());

/** `GET /images/{name}/json`. */
function inspectImage(x: Exchange, images: ImageStore, name: string): void {
  const platform = x.query.platform('platform');
  const isAsked = x.version.atLeast('1.48') && x.query.flag('manifests');
  if (isAsked && platform !== undefined) {
    throw invalid({
      code: 'query-invalid',
      message: 'conflicting options: manifests and platform options cannot both be set',
    });
  }
  x.sendJson(200, shapeImageInspect(images.inspect(name, platform), x.version, isAsked ? 'listed' : 'none'));
}

/** `platform` of save and load, which are for all platforms, or from 1.48 on for one. Error: EngineError `invalid`. */
function onlyPlatform({ query, version }: Exchange): Platform | undefined {
  if (!version.atLeast('1.48')) return undefined;
  if (query.all('platform').length > 1) {
    throw invalid({ code: 'query-invalid', message: 'multiple platform parameters not supported' });
  }
  return query.platform('platform');
}

/** The images under a name go together. Errors: EngineError `unsupported` where some were to stay, `not-found`. */
function refusePartialRemoval(images: ImageStore, name: string, platforms: readonly Platform[]): void {
  if (platforms.length === 0) return;
  const going = new Set(platforms.map((platform) => images.resolve(name, platform).id));
  const staying = (images.platforms(name)?.images ?? []).filter(({ id }) => !going.has(id));
  if (staying.length === 0) return;
  throw unsupported({
    code: 'platform-removal',
    message: `${name} has other platforms too (${staying.map(({ config }) => formatPlatform(config)).join(', ')}): they are removed together here`,
    subject: name,
    remedies: ['Leave out --platform', 'Name all platforms'],
  });
}

/** Clients of before API 1.28 name a repository beside the filters. */
function listFilters({ query }: Exchange): Filters {
  const filters = query.filters();
  const repository = query.text('filter');
  return repository === undefined ? filters : new Map([...filters, ['reference', [repository]]]);
}

/** `docker import`: its one line is the image's ID. */
async function importFrom(x: Exchange, transfer: ImageTransfer): Promise<void> {
  const { query } = x;
  const repository = query.text('repo');
  const tag = query.text('tag');
  const lines = new LineStream(x);
  await lines.run(async () => {
    const status = await transfer.import({
      source: query.required('fromSrc'),
      body: x.body,
      name: repository === undefined || tag === undefined ? repository : `${repository}:${tag}`,
      message: query.text('message'),
      changes: query.all('changes'),
      platform: query.text('platform'),
      signal: x.signal,
    });
    lines.write({ status });
  });
}

/** `fromImage` and `tag`, which may be a digest, as one reference. */
function pullReference(x: Exchange): string {
  const image = x.query.required('fromImage');
  const tag = x.query.text('tag');
  return tag === undefined ? image : `${image}${tag.includes(':') ? '@' : ':'}${tag}`;
}
