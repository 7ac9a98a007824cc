import type { NetworkCreate } from '../../protocol/engine/network.ts';
import { invalid } from '../errors.ts';
import type { NetworkAddresses } from '../networks/networks.ts';

type Pool = NetworkCreate['IPAM']['Config'][number];

/** The addresses that a network is to have, by IP version. Error: EngineError `invalid` for several subnets of one. */
export function networkPools({ Name, IPAM }: NetworkCreate): Record<'ipv4' | 'ipv6', NetworkAddresses> {
  const isIpv6 = ({ Subnet, Gateway, IPRange }: Pool): boolean => (Subnet || IPRange || Gateway).includes(':');
  const [six, four] = [IPAM.Config.filter(isIpv6), IPAM.Config.filter((pool) => !isIpv6(pool))];
  if (six.length > 1 || four.length > 1) {
    throw invalid({
      code: 'network-pools',
      message: `network ${Name} cannot have several subnets of one IP version here: name one`,
      subject: Name,
    });
  }
  return { ipv4: addressesOf(four[0]), ipv6: addressesOf(six[0]) };
}

function addressesOf(pool: Pool | undefined): NetworkAddresses {
  return {
    subnet: pool?.Subnet || undefined,
    gateway: pool?.Gateway || undefined,
    ipRange: pool?.IPRange || undefined,
    auxiliaryAddresses: pool?.AuxiliaryAddresses,
  };
}
