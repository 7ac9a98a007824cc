import type { AttachedContainer } from './attached.ts';
import { bridgeOptions } from './bridge-options.ts';
import type { Ground } from './ground.ts';
import { wayOut } from './joining.ts';
import type { PortRequest } from './networks.ts';
import { publishPorts } from './port-forwarder.ts';

/**
 * Has a container's published ports lead to the interface that is its way out, as Docker does: where it has got the first one,
 * `requests` are bound, and where it has none any more, such as on internal networks alone, they are free.
 * Errors: as `portError`.
 */
export async function settlePorts(
  container: AttachedContainer,
  requests: readonly PortRequest[],
  { dialler }: Ground,
): Promise<void> {
  const { endpoints, published } = container;
  const way = wayOut(endpoints, 'ipv4') ?? wayOut(endpoints, 'ipv6');
  if (way === undefined) {
    container.published = undefined;
    await published?.[Symbol.asyncDispose]();
  } else if (published !== undefined) {
    published.lead(way.endpoint);
  } else if (requests.length > 0) {
    const { hostIp } = bridgeOptions(way.network.options);
    const ports = requests.map((port) => ({ ...port, hostIp: port.hostIp || hostIp }));
    const of = { containerName: container.containerName, endpointId: way.endpoint.endpointId };
    container.published = await publishPorts(ports, way.endpoint, dialler, of);
  }
}
