import type { StoredAddresses, StoredNetwork } from './network-store.ts';
import type { NetworkRecord } from './networks.ts';

/** The Docker Engine API's view of a network. */
export function networkRecord(
  network: StoredNetwork,
  bridgeName: string | undefined,
  containers: NetworkRecord['Containers'],
): NetworkRecord {
  const driver = network.name === 'host' ? 'host' : network.name === 'none' ? 'null' : 'bridge';
  const bridgeOptions: Record<string, string> =
    network.name === 'bridge'
      ? {
          'com.docker.network.bridge.default_bridge': 'true',
          'com.docker.network.bridge.enable_icc': 'true',
          'com.docker.network.bridge.enable_ip_masquerade': 'true',
          'com.docker.network.bridge.host_binding_ipv4': '0.0.0.0',
          'com.docker.network.bridge.name': bridgeName ?? '',
          'com.docker.network.driver.mtu': '1500',
        }
      : {};
  const config = [network, network.ipv6].flatMap((addresses) => (addresses === undefined ? [] : poolOf(addresses)));
  return {
    Name: network.name,
    Id: network.id,
    Created: network.created,
    Scope: 'local',
    Driver: driver,
    EnableIPv6: network.ipv6 !== undefined,
    IPAM: { Driver: 'default', Options: network.ipamOptions ?? null, Config: config },
    Internal: network.internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: containers,
    Options: { ...bridgeOptions, ...network.options },
    Labels: network.labels,
  };
}

function poolOf({ subnet, ipRange, gateway, auxiliaryAddresses }: StoredAddresses): NetworkRecord['IPAM']['Config'] {
  if (subnet === undefined) return [];
  return [
    {
      Subnet: subnet,
      ...(ipRange === undefined ? {} : { IPRange: ipRange }),
      ...(gateway === undefined ? {} : { Gateway: gateway }),
      ...(auxiliaryAddresses === undefined ? {} : { AuxiliaryAddresses: auxiliaryAddresses }),
    },
  ];
}
