import * as z from 'zod/mini';
import { absentAs, DiffIdText, type Parsed, parseWith } from './schema.ts';

const text = absentAs(z.string(), '');
const texts = absentAs(z.array(z.string()), [] as string[]);
const optionalTexts = absentAs(z.array(z.string()), undefined);
const optionalText = absentAs(z.string(), undefined);
const optionalNumber = absentAs(z.number(), undefined);
const keys = absentAs(z.record(z.string(), z.unknown()), {} as Record<string, unknown>);

/** How a container's health is tested; durations in nanoseconds. */
export const ImageHealthcheck = z.object({
  Test: optionalTexts,
  Interval: optionalNumber,
  Timeout: optionalNumber,
  StartPeriod: optionalNumber,
  StartInterval: optionalNumber,
  Retries: optionalNumber,
});
export type ImageHealthcheck = z.output<typeof ImageHealthcheck>;

/** What a container of an image starts with (OCI image-spec, config.md, config; Docker's additions: Healthcheck, OnBuild, Shell). */
export const RunConfig = z.object({
  User: text,
  ExposedPorts: keys,
  Env: texts,
  Entrypoint: optionalTexts,
  Cmd: optionalTexts,
  Volumes: keys,
  WorkingDir: text,
  Labels: absentAs(z.record(z.string(), z.string()), {} as Record<string, string>),
  StopSignal: optionalText,
  StopTimeout: optionalNumber,
  Healthcheck: absentAs(ImageHealthcheck, undefined),
  Shell: optionalTexts,
  OnBuild: texts,
  ArgsEscaped: absentAs(z.boolean(), undefined),
});
export type RunConfig = z.output<typeof RunConfig>;

/** A step of an image's making (OCI image-spec, config.md, history). */
const HistoryEntry = z.object({
  /** RFC 3339. */
  created: optionalText,
  created_by: text,
  author: optionalText,
  comment: text,
  /** Whether the step made no layer. */
  empty_layer: absentAs(z.boolean(), false),
});
export type HistoryEntry = z.output<typeof HistoryEntry>;

const emptyRunConfig: RunConfig = z.parse(RunConfig, {});

/** An image's config (OCI image-spec, config.md): what its ID is the digest of. */
export const ImageConfig = z.object({
  /** RFC 3339. */
  created: optionalText,
  author: optionalText,
  architecture: text,
  os: absentAs(z.string(), 'linux'),
  variant: optionalText,
  'os.version': optionalText,
  config: absentAs(RunConfig, emptyRunConfig),
  rootfs: z.object({ type: absentAs(z.string(), 'layers'), diff_ids: absentAs(z.array(DiffIdText), []) }),
  history: absentAs(z.array(HistoryEntry), [] as HistoryEntry[]),
  /** The container that `commit` or the classic builder made the image of, and its config. */
  container: optionalText,
  container_config: absentAs(z.record(z.string(), z.unknown()), undefined),
  docker_version: optionalText,
});
export type ImageConfig = z.output<typeof ImageConfig>;

/** Reads an image config's JSON value. */
export function parseImageConfig(value: unknown): Parsed<ImageConfig> {
  return parseWith(ImageConfig, value);
}

/** A run config with nothing set: what `FROM scratch` starts with. */
export function emptyConfig(): RunConfig {
  return { ...emptyRunConfig, ExposedPorts: {}, Env: [], Volumes: {}, Labels: {}, OnBuild: [] };
}

/** The field of an image config that tells how its steps may be taken from it, for builds elsewhere; our own. */
export const INLINE_CACHE = 'lapstrake.cache.v1';

/** The JSON text of an image config, without what is empty: the same config gives the same bytes. */
export function encodeImageConfig(config: ImageConfig, inlineCache?: unknown): string {
  return JSON.stringify({
    created: config.created,
    author: config.author,
    architecture: config.architecture,
    variant: config.variant,
    os: config.os,
    'os.version': config['os.version'],
    config: withoutEmpty(config.config),
    rootfs: config.rootfs,
    history: config.history.map((entry) => withoutEmpty(entry)),
    container: config.container,
    container_config: config.container_config,
    docker_version: config.docker_version,
    [INLINE_CACHE]: inlineCache,
  });
}

/** Leaves out what Go's `omitempty` leaves out. */
function withoutEmpty(record: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).filter(([name, value]) => {
      // An empty Cmd or Entrypoint is not the same as none.
      if (name === 'Cmd' || name === 'Entrypoint') return value !== undefined;
      if (value === undefined || value === null || value === '' || value === false) return false;
      return typeof value !== 'object' || Object.keys(value).length > 0;
    }),
  );
}
