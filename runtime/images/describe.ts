import type { ImageConfig, RunConfig } from '../../core/image/config.ts';
import type { DiffId, ImageId } from '../../core/image/digest.ts';
import { imageSteps } from '../../core/image/history.ts';
import { familiarReference, type Reference } from '../../core/image/reference.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import type { Image, ImageUser } from './image-store.ts';
import type { ImageEntry } from './image-table.ts';
import type {
  ConfigRecord,
  HistoryRow,
  ImageInspect,
  ImageManifest,
  ImageSummary,
  ManifestDescriptor,
} from './records.ts';

const NEVER = '0001-01-01T00:00:00Z';

/** Bytes of an image's layers. */
export function imageSize(image: Image): number {
  return image.layers.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Unix time in seconds of an RFC 3339 text; 0 for none. */
export function unixSeconds(created: string | undefined): number {
  const time = Date.parse(created ?? '');
  return Number.isNaN(time) ? 0 : Math.floor(time / 1000);
}

/** References as the API lists them: tags and digests apart. */
export function splitReferences(references: readonly Reference[]): { tags: string[]; digests: string[] } {
  const tags = references.filter(({ tag }) => tag !== undefined).map(familiarReference);
  const digests = references.filter(({ digest }) => digest !== undefined).map(familiarReference);
  return { tags, digests };
}

/** One image of `GET /images/json`. */
export function summarise(
  image: Image,
  references: readonly Reference[],
  target: Pick<ImageSummary, 'Descriptor' | 'Manifests'>,
  sharedSize = -1,
): ImageSummary {
  const { tags, digests } = splitReferences(references);
  return {
    Containers: -1,
    Created: unixSeconds(image.config.created),
    Id: image.id,
    Labels: orNull(image.config.config.Labels),
    ParentId: image.parent ?? '',
    RepoDigests: digests,
    RepoTags: tags,
    SharedSize: sharedSize,
    ...target,
    Size: imageSize(image),
  };
}

/** `GET /images/{name}/json`. */
export function inspect(
  { image, stored }: ImageEntry,
  references: readonly Reference[],
  snapshotter: Pick<Snapshotter, 'name' | 'describe'>,
): Omit<ImageInspect, 'Descriptor' | 'Manifests'> {
  const { config } = image;
  const { tags, digests } = splitReferences(references);
  const top = image.chain.at(-1);
  return {
    Id: image.id,
    RepoTags: tags,
    RepoDigests: digests,
    Parent: image.parent ?? '',
    Comment: config.history.at(-1)?.comment ?? '',
    Created: config.created,
    Container: config.container ?? '',
    ContainerConfig: config.container_config ?? configRecord(undefined),
    DockerVersion: config.docker_version ?? '',
    Author: config.author ?? '',
    Config: configRecord(config.config),
    Architecture: config.architecture,
    ...(config.variant === undefined ? {} : { Variant: config.variant }),
    Os: config.os,
    Size: imageSize(image),
    GraphDriver: {
      Data: top === undefined ? null : snapshotter.describe(top),
      Name: snapshotter.name === 'overlay' ? 'overlay2' : snapshotter.name,
    },
    RootFS: { Type: 'layers', Layers: image.layers.map(({ diffId }) => diffId) },
    Metadata: { LastTagTime: stored.lastTagTime || NEVER },
  };
}

/** What an image's own manifest is found by. */
export function manifestDescriptor({ manifest, manifestType, manifestSize }: ImageEntry['stored']): ManifestDescriptor {
  return { mediaType: manifestType, digest: manifest, size: manifestSize };
}

/** One platform of an image. */
export function describeManifest({ image, stored }: ImageEntry, users: readonly ImageUser[]): ImageManifest {
  const { os, architecture, variant } = image.config;
  const content = image.layers.reduce((sum, { blobSize }) => sum + blobSize, stored.manifestSize);
  const unpacked = imageSize(image);
  return {
    ID: stored.manifest,
    Descriptor: manifestDescriptor(stored),
    Available: true,
    Kind: 'image',
    Size: { Content: content, Total: content + unpacked },
    ImageData: {
      Platform: { architecture, os, ...(variant !== undefined && { variant }) },
      Containers: users.map(({ containerId }) => containerId),
      Size: { Unpacked: unpacked },
    },
  };
}

/** What a history needs of the store. */
export interface HistorySource {
  get(id: ImageId): Image | undefined;
  references(id: ImageId): readonly Reference[];
}

/** `GET /images/{name}/history`: the newest step first, each with the image that ends with it where that is here. */
export function historyRows(image: Image, source: HistorySource): HistoryRow[] {
  const sizes = new Map<DiffId, number>(image.layers.map(({ diffId, bytes }) => [diffId, bytes]));
  const known = knownSteps(image, source);
  return stepsOf(image.config)
    .reverse()
    .map((step, i, { length }) => ({
      Comment: step.comment,
      Created: unixSeconds(step.created),
      CreatedBy: step.createdBy,
      Id: known.get(length - i) ?? '<missing>',
      Size: step.diffId === undefined ? 0 : (sizes.get(step.diffId) ?? 0),
      Tags: tagsOf(known.get(length - i), source),
    }));
}

/** The images that an image stands on, each with how many steps it has: one that is not here ends them. */
function knownSteps(image: Image, source: HistorySource): Map<number, ImageId> {
  const known = new Map<number, ImageId>();
  for (let at: Image | undefined = image; at !== undefined; at = at.parent && source.get(at.parent)) {
    const steps = stepsOf(at.config).length;
    if (!known.has(steps)) known.set(steps, at.id);
  }
  return known;
}

function tagsOf(id: ImageId | undefined, source: HistorySource): readonly string[] | null {
  const { tags } = splitReferences(id === undefined ? [] : source.references(id));
  return tags.length > 0 ? tags : null;
}

/** An image has at least one step in Docker's eyes. */
function stepsOf(config: ImageConfig): ReturnType<typeof imageSteps> {
  const steps = imageSteps(config);
  return steps.length > 0 ? steps : [{ createdBy: '', created: config.created ?? '', comment: '' }];
}

/** A config with every field that Go always writes, null where it is empty. */
function configRecord(config: RunConfig | undefined): ConfigRecord {
  return {
    Hostname: '',
    Domainname: '',
    User: config?.User ?? '',
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ...(Object.keys(config?.ExposedPorts ?? {}).length > 0 && { ExposedPorts: config?.ExposedPorts }),
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: config === undefined || config.Env.length === 0 ? null : config.Env,
    Cmd: config?.Cmd ?? null,
    ...(config?.Healthcheck && { Healthcheck: config.Healthcheck }),
    ...(config?.ArgsEscaped && { ArgsEscaped: true }),
    Image: '',
    Volumes: orNull(config?.Volumes),
    WorkingDir: config?.WorkingDir ?? '',
    Entrypoint: config?.Entrypoint ?? null,
    OnBuild: config === undefined || config.OnBuild.length === 0 ? null : config.OnBuild,
    Labels: orNull(config?.Labels),
    ...(config?.StopSignal !== undefined && { StopSignal: config.StopSignal }),
    ...(config?.StopTimeout !== undefined && { StopTimeout: config.StopTimeout }),
    ...(config?.Shell !== undefined && { Shell: config.Shell }),
  };
}

function orNull<T extends object>(record: T | undefined): T | null {
  return record === undefined || Object.keys(record).length === 0 ? null : record;
}

/** What an event tells of an image beside its id: its labels, and the name that it is about. */
export function eventAttributes(image: Image, name: string): Record<string, string> {
  return { ...image.config.config.Labels, name };
}
