import type { ContainerCreate } from '../../protocol/engine/container-create.ts';
import { invalid } from '../errors.ts';
import { joinsNone } from '../networks/network-errors.ts';

/**
 * Refuses what belongs to a namespace that a container does not have of its own, in Docker's words. Error: EngineError
 * `invalid`.
 */
export function refuseModeConflicts(wanted: ContainerCreate): void {
  const { HostConfig: host, Hostname: hostname, MacAddress: mac, ExposedPorts: exposed } = wanted;
  const joins = host.NetworkMode.startsWith('container:');
  const isHost = host.NetworkMode === 'host';
  const links = host.Links.length > 0;
  const conflicts = [
    [joins && hostname !== '', 'hostname and the network mode'],
    [joins && links, "container type network can't be used with links. This would result in undefined behavior"],
    [joins && host.Dns.length > 0, 'dns and the network mode'],
    [joins && host.ExtraHosts.length > 0, 'custom host-to-IP mapping and the network mode'],
    [(joins || isHost) && mac !== '', 'mac-address and the network mode'],
    [
      joins && (Object.keys(host.PortBindings).length > 0 || host.PublishAllPorts),
      'port publishing and the container type network mode',
    ],
    [joins && Object.keys(exposed).length > 0, 'port exposing and the container type network mode'],
    [host.UTSMode === 'host' && hostname !== '', 'hostname and the UTS mode'],
    [isHost && links, "host type networking can't be used with links"],
  ] as const;
  for (const [isOne, what] of conflicts) {
    if (isOne) throw invalid({ code: 'host-config-conflict', message: `conflicting options: ${what}` });
  }
  refuseFurtherNetworks(host.NetworkMode, Object.keys(wanted.NetworkingConfig.EndpointsConfig));
}

/** dockerd refuses them at start; beside `container:`, newer ones leave the others out. */
function refuseFurtherNetworks(mode: string, endpoints: readonly string[]): void {
  const asNamed = (name: string): string => (name === '' || name === 'default' ? 'bridge' : name);
  const named = new Set([mode, ...endpoints].map(asNamed));
  if (named.size === 1) return;
  if ([...named].some((name) => name === 'host' || name.startsWith('container:'))) {
    const message =
      'container sharing network namespace with another container or host cannot be connected to any other network';
    throw invalid({ code: 'network-shared', message });
  }
  if (named.has('none')) throw joinsNone('none');
}
