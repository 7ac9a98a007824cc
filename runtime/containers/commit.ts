import { sha256 } from '../../core/disk/sha256.ts';
import type { HistoryEntry, ImageConfig, RunConfig } from '../../core/image/config.ts';
import { asDiffId, type DiffId, type Digest, type ImageId } from '../../core/image/digest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import { familiarReference, parseReference, type Reference, withDefaultTag } from '../../core/image/reference.ts';
import { applyChanges } from '../../core/plan/apply-changes.ts';
import type { ContainerConfig } from '../../protocol/engine/container-config.ts';
import { END_OF_ARCHIVE } from '../archive/tar-writer.ts';
import { conflict, invalid, isKind } from '../errors.ts';
import type { Image, ImageStore } from '../images/image-store.ts';
import type { BlobPin } from '../store/blob-pins.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { announce } from './announce.ts';
import { mergeCommitted, runConfigOf } from './committed-config.ts';
import type { Container } from './container.ts';
import type { Containers } from './containers.ts';
import { configRecord } from './inspect.ts';
import { MADE_BY_START } from './made-by-start.ts';
import type { ContainerStatus } from './record.ts';
import { timestamp } from './timestamp.ts';

/** What `docker commit` says of the image that it makes. */
export interface CommitRequest {
  /** The image's name: a repository, with or without a tag; none where undefined. */
  readonly name?: string | undefined;
  readonly comment: string;
  readonly author: string;
  /** Dockerfile instructions that change the config. */
  readonly changes: readonly string[];
  /** Stands in for the container's own config. */
  readonly config?: ContainerConfig | undefined;
  /** Whether a running container is paused meanwhile. */
  readonly during: 'pause' | 'run';
  readonly signal: AbortSignal;
}

export interface CommitGround {
  readonly containers: Containers;
  readonly images: ImageStore;
  readonly blobs: BlobStore;
}

const EMPTY_LAYER = sha256(END_OF_ARCHIVE);

/**
 * Makes an image of what a container has changed (`POST /commit`). A container that changed nothing adds no layer.
 * Errors: EngineError `invalid` for changes or a name that make no sense, `not-found` where its image is gone.
 */
export async function commitContainer(
  ground: CommitGround,
  container: Container,
  request: CommitRequest,
): Promise<ImageId> {
  const { containers, images } = ground;
  const reference = request.name === undefined ? undefined : readName(request.name);
  const config = committedConfig(container, request);
  if (container.state.status === 'dead' || container.state.status === 'removing') {
    throw conflict({
      code: 'container-dead',
      message: `You cannot commit container ${container.id} which is ${container.state.status === 'dead' ? 'Dead' : 'being removed'}`,
      subject: container.id,
    });
  }
  const base = images.resolve(container.record.imageId);
  const below = base.layers.map(({ diffId }) => diffId);
  const pin = ground.blobs.pin();
  let layers: readonly DiffId[] = below;
  try {
    using _below = images.hold(below);
    const blob = await whilePaused(containers, container, request, () => storeChanges(ground, container, pin, request));
    if (blob !== undefined) layers = [...below, asDiffId(blob)];
    using _layers = images.hold(layers);
    if (blob !== undefined) {
      const { signal } = request;
      await images.addLayer(blob, { diffId: asDiffId(blob), mediaType: MediaType.ociLayer, signal });
    }
    const made = imageConfig(container, base, config, request, blob === undefined);
    const { id } = await images.create({ config: made, layers, parent: base.id, event: 'create' });
    const imageRef = reference === undefined ? '' : familiarReference(reference);
    if (reference !== undefined) await images.tag(id, imageRef);
    announce(containers.floor.events, container, 'commit', { comment: request.comment, imageID: id, imageRef });
    return id;
  } catch (error) {
    await images.discard(layers);
    throw error;
  } finally {
    pin[Symbol.dispose]();
    await images.collect(pin.digests);
  }
}

function readName(name: string): Reference {
  const parsed = parseReference(name);
  if (parsed.ok && parsed.reference.digest === undefined) return withDefaultTag(parsed.reference);
  const message = parsed.ok ? 'refusing to create a tag with a digest reference' : parsed.problem;
  throw invalid({ code: 'reference-invalid', message, subject: name });
}

function committedConfig(container: Container, { changes, config }: CommitRequest): RunConfig {
  const own = runConfigOf(container.record.config);
  const { value, problems } = applyChanges(config === undefined ? own : runConfigOf(config), changes);
  if (problems.length > 0) throw invalid({ code: 'change-invalid', message: problems.join('; ') });
  return mergeCommitted(value, own);
}

/** A container that does not run, or is paused already, stays as it is; where nothing can be paused it runs on, as with Docker. */
async function whilePaused<T>(
  { lifecycle, floor }: Containers,
  container: Container,
  { during }: CommitRequest,
  work: () => Promise<T>,
): Promise<T> {
  const isNow = (status: ContainerStatus): boolean => container.state.status === status;
  if (during === 'run' || !isNow('running')) return work();
  if (!floor.features.freezer) {
    floor.log.warn(`${container.name} is committed while it runs: this engine can pause no container`);
    return work();
  }
  try {
    await lifecycle.signalling.pause(container);
  } catch (error) {
    // It has ended meanwhile, which is as still as it gets.
    if (isKind(error, 'conflict') || isKind(error, 'not-found')) return work();
    throw error;
  }
  try {
    return await work();
  } finally {
    // It may have been ended meanwhile.
    if (isNow('paused')) await lifecycle.signalling.unpause(container);
  }
}

/** Stores the layer of what the container changed, uncompressed; undefined where it changed nothing. */
async function storeChanges(
  { containers, blobs }: CommitGround,
  container: Container,
  pin: BlobPin,
  { signal }: CommitRequest,
): Promise<Digest | undefined> {
  const tar = containers.floor.snapshots.diff(container.id, {
    mountPoints: MADE_BY_START,
    times: 'exact',
    signal,
  });
  const { digest } = await blobs.put(tar, { pin }, signal);
  return digest === EMPTY_LAYER ? undefined : digest;
}

function imageConfig(
  container: Container,
  base: Image,
  config: RunConfig,
  { author, comment }: CommitRequest,
  changedNothing: boolean,
): Omit<ImageConfig, 'rootfs'> {
  const created = timestamp();
  const entry: HistoryEntry = {
    created,
    created_by: (container.record.config.Cmd ?? []).join(' '),
    author: author || undefined,
    comment,
    empty_layer: changedNothing,
  };
  const { rootfs: _, ...inherited } = base.config;
  return {
    ...inherited,
    created,
    author: author || undefined,
    config,
    history: [...base.config.history, entry],
    container: container.id,
    container_config: configRecord(container),
  };
}
