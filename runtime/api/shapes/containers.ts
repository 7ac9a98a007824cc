import { shortContainerId } from '../../containers/container-id.ts';
import { type inspectContainer, isUserDefined, type networkRecords } from '../../containers/inspect.ts';
import type { summarize } from '../../containers/summary.ts';
import type { ManifestDescriptor } from '../../images/records.ts';
import type { ApiVersion } from '../version.ts';

export type ContainerInspect = ReturnType<typeof inspectContainer>;
export type ContainerSummary = ReturnType<typeof summarize>;
type Networks = ReturnType<typeof networkRecords>;

/** `GET /containers/{id}/json`. */
export function shapeContainerInspect(
  inspect: ContainerInspect,
  manifest: ManifestDescriptor | undefined,
  version: ApiVersion,
): object {
  const { KernelMemory, KernelMemoryTCP, ...hostConfig } = inspect.HostConfig;
  return {
    ...inspect,
    ...shapeManifest(manifest, version),
    HostConfig: version.atLeast('1.42') && KernelMemory === 0 ? hostConfig : inspect.HostConfig,
    NetworkSettings: {
      ...inspect.NetworkSettings,
      Networks: shapeNetworks(inspect.NetworkSettings.Networks, idOf(inspect, inspect.State.Status), version),
    },
  };
}

/** One container of `GET /containers/json`. */
export function shapeContainerSummary(
  summary: ContainerSummary,
  manifest: ManifestDescriptor | undefined,
  version: ApiVersion,
): object {
  const { NetworkMode, Annotations } = summary.HostConfig;
  return {
    ...summary,
    ...shapeManifest(manifest, version),
    HostConfig: { NetworkMode, ...(version.atLeast('1.46') && Annotations && { Annotations }) },
    NetworkSettings: {
      Networks: shapeNetworks(summary.NetworkSettings.Networks, idOf(summary, summary.State), version),
    },
  };
}

/** That of the image, as long as the image is there. */
function shapeManifest(manifest: ManifestDescriptor | undefined, version: ApiVersion): object {
  return manifest !== undefined && version.atLeast('1.48') ? { ImageManifestDescriptor: manifest } : {};
}

/** By its ID a container is known on its networks from its first start on. */
function idOf({ Id }: Pick<ContainerSummary, 'Id'>, status: string): ContainerSummary['Id'] | undefined {
  return status === 'created' ? undefined : Id;
}

function shapeNetworks(networks: Networks, id: ContainerSummary['Id'] | undefined, version: ApiVersion): object {
  return Object.fromEntries(
    Object.entries(networks).map(([name, { DNSNames, GwPriority, Aliases, ...rest }]) => [
      name,
      {
        ...rest,
        Aliases:
          id === undefined || version.atLeast('1.45') || !isUserDefined(name)
            ? Aliases
            : withId(Aliases, shortContainerId(id)),
        ...(version.atLeast('1.44') && { DNSNames }),
        ...(version.atLeast('1.48') && { GwPriority }),
      },
    ]),
  );
}

/** Clients of before 1.45 know no `DNSNames`, and find the short ID among the aliases. */
function withId(aliases: readonly string[] | null, id: string): string[] {
  return [...new Set([...(aliases ?? []), id])];
}
