import { invalid } from '../../errors.ts';
import type { ImageSummary } from '../../images/records.ts';
import type { ApiVersion } from '../version.ts';
import { type ContainerSummary, shapeContainerSummary } from './containers.ts';
import { shapeImageSummary } from './images.ts';

/** What `GET /info` tells, as far as it differs between versions. */
export interface SystemInfo extends Readonly<Record<string, unknown>> {
  readonly RegistryConfig: Readonly<Record<string, unknown>>;
  /** What sets the rules of the networks. */
  readonly FirewallBackend: { readonly Driver: string };
}

/** `GET /info`. */
export function shapeInfo(info: SystemInfo, version: ApiVersion): object {
  const { RegistryConfig, FirewallBackend, ...rest } = info;
  return {
    ...rest,
    RegistryConfig: { ...foreignLayers(version), ...RegistryConfig },
    // The kernel's filter of bridges, on which nothing stood (deprecated in 1.48).
    ...(!version.atLeast('1.50') && bridgeFilters(!version.atLeast('1.48'))),
    ...(version.atLeast('1.44') && { CDISpecDirs: [] }),
    ...(version.atLeast('1.49') && { FirewallBackend }),
    ContainerdCommit: commit(version),
    RuncCommit: commit(version),
    InitCommit: commit(version),
  };
}

function bridgeFilters(value: boolean) {
  return { BridgeNfIptables: value, BridgeNfIp6tables: value };
}

function foreignLayers(version: ApiVersion) {
  if (version.atLeast('1.49')) return {};
  const none = version.atLeast('1.48') ? null : [];
  return { AllowNondistributableArtifactsCIDRs: none, AllowNondistributableArtifactsHostnames: none };
}

function commit(version: ApiVersion) {
  return { ID: '', ...(!version.atLeast('1.49') && { Expected: '' }) };
}

/** What `GET /system/df` can be asked for alone. */
const KINDS = ['container', 'image', 'volume', 'build-cache'] as const;
export type DiskUsageKind = (typeof KINDS)[number];

/** The kinds that a client asks for: all where it names none, or speaks a version of before 1.42. Error: EngineError `invalid`. */
export function diskUsageKinds(types: readonly string[], version: ApiVersion): ReadonlySet<DiskUsageKind> {
  if (types.length === 0 || !version.atLeast('1.42')) return new Set(KINDS);
  return new Set(
    types.map((type) => {
      const kind = KINDS.find((each) => each === type);
      if (kind !== undefined) return kind;
      throw invalid({ code: 'disk-usage-kind', message: `unknown object type: ${type}`, subject: type });
    }),
  );
}

/** What takes space; of each kind nothing where it was not asked for. */
export interface DiskUsage {
  readonly images?: { readonly layersSize: number; readonly items: readonly ImageSummary[] } | undefined;
  readonly containers?: readonly ContainerSummary[] | undefined;
  readonly volumes?: readonly object[] | undefined;
  readonly buildCache?: readonly CacheRecord[] | undefined;
}

/** A layer or a mount that the build cache keeps; on no other. */
export interface CacheRecord {
  readonly Size: number;
  readonly Shared: boolean;
}

/** `GET /system/df`. */
export function shapeDiskUsage({ images, containers, volumes, buildCache }: DiskUsage, version: ApiVersion): object {
  const parents = version.atLeast('1.42') ? {} : { Parent: '' };
  return {
    LayersSize: images?.layersSize ?? 0,
    Images: images?.items.map((each) => shapeImageSummary(each, version)) ?? null,
    Containers: containers?.map((each) => shapeContainerSummary(each, undefined, version)) ?? null,
    Volumes: volumes ?? null,
    BuildCache: buildCache?.map((each) => ({ ...each, ...parents })) ?? null,
    ...(!version.atLeast('1.42') && {
      BuilderSize: (buildCache ?? []).reduce((sum, { Size, Shared }) => sum + (Shared ? 0 : Size), 0),
    }),
  };
}
