import { isIPv4 } from 'node:net';
import { type EngineError, invalid } from '../errors.ts';
import { contains, overlaps, parseIp, parseSubnet, type Subnet } from './addresses.ts';
import type { NetworkCreateOptions } from './networks.ts';

/** Whether the addresses that a network is to have go together. Error: EngineError `invalid`. */
export function checkAddresses(options: NetworkCreateOptions): void {
  const subnet = options.subnet === undefined ? undefined : parseSubnet(options.subnet);
  if (options.ipRange !== undefined) {
    const range = parseSubnet(options.ipRange);
    if (subnet === undefined || range.prefix < subnet.prefix || !overlaps(subnet, range))
      throw outside('ip-range', options.ipRange, options);
  }
  const addresses: Record<string, string | undefined> = { gateway: options.gateway };
  for (const [name, address] of Object.entries(options.auxiliaryAddresses ?? {}))
    addresses[`auxiliary address ${name}`] = address;
  for (const [what, address] of Object.entries(addresses)) {
    if (address !== undefined && !isIn(subnet, address)) throw outside(what, address, options);
  }
}

function isIn(subnet: Subnet | undefined, address: string): boolean {
  return subnet !== undefined && isIPv4(address) && contains(subnet, parseIp(address));
}

function outside(what: string, address: string, { name, subnet }: NetworkCreateOptions): EngineError {
  const why = subnet === undefined ? 'it needs a subnet, which is not given' : `it is not in the subnet ${subnet}`;
  return invalid({
    code: 'network-address',
    message: `invalid ${what} ${address} of network ${name}: ${why}`,
    subject: name,
  });
}
