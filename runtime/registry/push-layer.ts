import { MediaType } from '../../core/image/media-types.ts';
import type { Reference } from '../../core/image/reference.ts';
import { isKind, unavailable } from '../errors.ts';
import type { Layer } from '../images/image-store.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { type Compressed, compressBlob } from './compress-blob.ts';
import type { RegistryConnection } from './connection.ts';
import type { LayerForm, LayerSources } from './layer-sources.ts';
import { LayerProgress, type ReportProgress } from './progress.ts';
import { beginUpload, giveUp, hasBlob, type UploadEvents, uploadBlob, uploadStream } from './upload.ts';

/** Repositories from which a mount is tried. */
const MOST_MOUNTS = 4;

export interface PushGround {
  readonly connection: RegistryConnection;
  readonly blobs: BlobStore;
  readonly sources: LayerSources;
  /** Where to. */
  readonly repository: Pick<Reference, 'domain' | 'path'>;
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/** How the registry has a layer that was pushed. */
export type PushedLayer = Omit<LayerForm, 'repositories'>;

/**
 * Sees to it that the repository has a layer: asks whether it does, has it mounted from where it is known to be, or
 * uploads it. A layer that came compressed goes as it came, so that digests stay; one that was made here is compressed.
 */
export class LayerPush {
  readonly #progress: LayerProgress;
  readonly #events: UploadEvents;

  constructor(
    private readonly ground: PushGround,
    private readonly layer: Layer,
  ) {
    this.#progress = new LayerProgress(ground.report, layer.diffId);
    this.#events = {
      onBytes: (sent) => this.#progress.at('Pushing', sent, layer.blobSize),
      onRetry: (delay) => this.#progress.say(`Retrying in ${seconds(delay)}`),
    };
  }

  say(status: 'Preparing' | 'Waiting'): void {
    this.#progress.say(status);
  }

  async run(): Promise<PushedLayer> {
    const { connection, signal } = this.ground;
    const forms = this.#forms();
    for (const form of forms) {
      if (await hasBlob(connection, form.digest, signal, this.#events)) return this.#done('Layer already exists', form);
    }
    for (const form of forms) {
      const from = await this.#mount(form);
      if (from !== undefined) return this.#done(`Mounted from ${from}`, form);
    }
    const begun = await beginUpload(connection, undefined, signal, this.#events);
    if (begun === undefined) throw unavailable({ code: 'upload-not-begun', message: `${connection.host} is broken` });
    const pushed = this.#isAsRegistriesHaveIt() ? await this.#upload(begun) : await this.#compressAndUpload(begun);
    return this.#done('Pushed', pushed);
  }

  /** A layer that came in the form of a registry is pushed in no other. */
  #forms(): readonly LayerForm[] {
    const { blob: digest, blobSize: size, mediaType, diffId } = this.layer;
    const known = this.ground.sources.of(diffId);
    if (!this.#isAsRegistriesHaveIt()) return known;
    const repositories = known.find((form) => form.digest === digest)?.repositories ?? [];
    return [{ digest, size, mediaType, repositories }];
  }

  #isAsRegistriesHaveIt(): boolean {
    const { blob, diffId } = this.layer;
    const isCompressed = (blob as string) !== diffId;
    return isCompressed || this.ground.sources.of(diffId).some(({ digest }) => digest === blob);
  }

  /** Gives the repository from which the registry mounted the layer. */
  async #mount({ digest, repositories }: LayerForm): Promise<string | undefined> {
    const { connection, repository, signal, sources } = this.ground;
    const prefix = `${repository.domain}/`;
    const candidates = repositories
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
      .filter((path) => path !== repository.path)
      .reverse();
    for (const from of candidates.slice(0, MOST_MOUNTS)) {
      const reading = connection.alsoReading(from);
      try {
        const begun = await beginUpload(reading, { digest, from }, signal, this.#events);
        if (begun === undefined) return from;
        await giveUp(reading, begun);
        await sources.drop(this.layer.diffId, digest, { ...repository, path: from });
      } catch (error) {
        // One that we may not read can be no source.
        if (!isKind(error, 'unauthorized') && !isKind(error, 'forbidden') && !isKind(error, 'not-found')) throw error;
      }
    }
    return undefined;
  }

  async #upload(begun: string): Promise<PushedLayer> {
    const { connection, blobs, signal } = this.ground;
    const { blob: digest, blobSize: size, mediaType } = this.layer;
    const open = (start: number) => blobs.open(digest, { start });
    await uploadBlob(connection, { digest, size, open }, begun, signal, this.#events);
    return { digest, size, mediaType };
  }

  async #compressAndUpload(begun: string): Promise<PushedLayer> {
    const { connection, blobs, signal } = this.ground;
    let made: Compressed | undefined;
    const make = async (): Promise<Compressed> => {
      made = compressBlob(await blobs.openVerified(this.layer.blob), this.#events.onBytes);
      return made;
    };
    await uploadStream(connection, make, begun, signal, this.#events);
    if (made === undefined) throw unavailable({ code: 'upload-not-begun', message: `${connection.host} is broken` });
    return { digest: made.digest(), size: made.size(), mediaType: MediaType.ociLayerGzip };
  }

  async #done(status: string, { digest, size, mediaType }: PushedLayer): Promise<PushedLayer> {
    const pushed = { digest, size, mediaType };
    await this.ground.sources.add(this.layer.diffId, pushed, this.ground.repository);
    this.#progress.say(status);
    return pushed;
  }
}

/** As dockerd counts them: `1 second`. */
function seconds(delay: number): string {
  const count = Math.max(1, Math.round(delay / 1000));
  return `${count} second${count === 1 ? '' : 's'}`;
}
