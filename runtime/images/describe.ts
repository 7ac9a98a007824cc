import type { ImageConfig, RunConfig } from '../../core/image/config.ts';
import type { DiffId } from '../../core/image/digest.ts';
import { imageSteps } from '../../core/image/history.ts';
import { familiarReference, type Reference } from '../../core/image/reference.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import type { Image } from './image-store.ts';
import type { ImageEntry } from './image-table.ts';
import type { ConfigRecord, HistoryRow, ImageInspect, ImageSummary } from './records.ts';

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
export function summarise(image: Image, references: readonly Reference[]): ImageSummary {
  const { tags, digests } = splitReferences(references);
  const size = imageSize(image);
  const isDangling = tags.length === 0 && digests.length === 0;
  return {
    Containers: -1,
    Created: unixSeconds(image.config.created),
    Id: image.id,
    Labels: orNull(image.config.config.Labels),
    ParentId: image.parent ?? '',
    RepoDigests: isDangling ? ['<none>@<none>'] : digests.length === 0 ? null : digests,
    RepoTags: isDangling ? ['<none>:<none>'] : tags.length === 0 ? null : tags,
    SharedSize: -1,
    Size: size,
    VirtualSize: size,
  };
}

/** `GET /images/{name}/json`. */
export function inspect(
  { image, stored }: ImageEntry,
  references: readonly Reference[],
  driver: Snapshotter['name'],
): ImageInspect {
  const { config } = image;
  const { tags, digests } = splitReferences(references);
  const size = imageSize(image);
  return {
    Id: image.id,
    RepoTags: tags,
    RepoDigests: digests,
    Parent: image.parent ?? '',
    Comment: config.history.at(-1)?.comment ?? '',
    Created: config.created ?? NEVER,
    Container: config.container ?? '',
    ContainerConfig: config.container_config ?? configRecord(undefined),
    DockerVersion: config.docker_version ?? '',
    Author: config.author ?? '',
    Config: configRecord(config.config),
    Architecture: config.architecture,
    ...(config.variant === undefined ? {} : { Variant: config.variant }),
    Os: config.os,
    Size: size,
    VirtualSize: size,
    GraphDriver: { Data: null, Name: driver === 'overlay' ? 'overlay2' : driver },
    RootFS: { Type: 'layers', Layers: image.layers.map(({ diffId }) => diffId) },
    Metadata: { LastTagTime: stored.lastTagTime || NEVER },
  };
}

/** `GET /images/{name}/history`: the newest step first. */
export function historyRows(image: Image, references: readonly Reference[]): HistoryRow[] {
  const sizes = new Map<DiffId, number>(image.layers.map(({ diffId, bytes }) => [diffId, bytes]));
  const { tags } = splitReferences(references);
  return stepsOf(image.config)
    .reverse()
    .map((step, i) => ({
      Comment: step.comment,
      Created: unixSeconds(step.created),
      CreatedBy: step.createdBy,
      Id: i === 0 ? image.id : '<missing>',
      Size: step.diffId === undefined ? 0 : (sizes.get(step.diffId) ?? 0),
      Tags: i === 0 && tags.length > 0 ? tags : null,
    }));
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
