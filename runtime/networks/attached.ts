import type { Bridge } from './bridges.ts';
import type { StoredNetwork } from './network-store.ts';
import type { Attachment, NameServer, NetworkEndpoint } from './networks.ts';
import type { PublishedPorts } from './port-forwarder.ts';

/** Where containers of user-defined networks find their name server, as in Docker. */
export const NAME_SERVER = '127.0.0.11';

/** A container's interface with what has to be given back. */
export interface AttachedEndpoint {
  readonly endpoint: NetworkEndpoint;
  readonly network: StoredNetwork;
  readonly bridge: Bridge;
  /** The end at the bridge. */
  readonly hostName: string;
}

/** A container with a network, as long as it runs. */
export interface AttachedContainer {
  readonly containerId: string;
  containerName: string;
  readonly sandboxId: string;
  readonly namespace: Attachment['namespace'];
  readonly netnsPath: string | undefined;
  /** The namespace is this container's own, and goes with it. */
  readonly ownsNetns: boolean;
  /** `host` or `none`, where the container is on that network. */
  predefined: StoredNetwork | undefined;
  readonly endpoints: AttachedEndpoint[];
  readonly warnings: readonly string[];
  published: PublishedPorts | undefined;
  readonly nameServers: readonly NameServer[];
  /** Answers at `NAME_SERVER`, once it is on a user-defined network. */
  names: AsyncDisposable | undefined;
}

/** What the container floor sees of it. */
export function attachmentOf(container: AttachedContainer): Attachment {
  const { predefined } = container;
  const networks = [
    ...(predefined === undefined ? [] : [predefined]),
    ...container.endpoints.map((each) => each.network),
  ];
  return {
    containerId: container.containerId,
    sandboxId: container.sandboxId,
    namespace: container.namespace,
    netnsPath: container.netnsPath,
    endpoints: container.endpoints.map((each) => each.endpoint),
    networkIds: Object.fromEntries(networks.map(({ name, id }) => [name, id])),
    ports: container.published?.ports ?? [],
    nameServer: container.names === undefined ? undefined : NAME_SERVER,
    warnings: container.warnings,
  };
}
