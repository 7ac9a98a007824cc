import type { Bridge } from './bridges.ts';
import type { StoredNetwork } from './network-store.ts';
import type { Attachment, NetworkEndpoint } from './networks.ts';
import type { PublishedPorts } from './port-forwarder.ts';

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
  readonly containerName: string;
  readonly sandboxId: string;
  readonly namespace: Attachment['namespace'];
  readonly netnsPath: string | undefined;
  /** The namespace is this container's own, and goes with it. */
  readonly ownsNetns: boolean;
  /** `host` or `none`, where the container is on that network. */
  readonly predefined: StoredNetwork | undefined;
  readonly endpoints: AttachedEndpoint[];
  readonly warnings: readonly string[];
  published: PublishedPorts | undefined;
}

/** What the container floor sees of it. */
export function attachmentOf(container: AttachedContainer): Attachment {
  return {
    containerId: container.containerId,
    sandboxId: container.sandboxId,
    namespace: container.namespace,
    netnsPath: container.netnsPath,
    endpoints: container.endpoints.map((each) => each.endpoint),
    ports: container.published?.ports ?? [],
    warnings: container.warnings,
  };
}
