import { type EngineError, invalid } from '../errors.ts';
import type { NetworkAddresses } from './networks.ts';
import { contains, type IpFamily, overlaps, parseSubnet } from './subnet.ts';

/** Addresses that lead to one interface or to many, and so are no network's. */
const UNFIT = ['fe80::/10', 'ff00::/8'].map((each) => parseSubnet(each));

/** Whether the addresses that a network is to have of one family go together. Error: EngineError `invalid`. */
export function checkAddresses(name: string, family: IpFamily, wanted: NetworkAddresses): void {
  const subnet = wanted.subnet === undefined ? undefined : parseSubnet(wanted.subnet, family);
  const refuse = (what: string, address: string): EngineError => {
    const why =
      wanted.subnet === undefined
        ? 'it needs a subnet, which is not given'
        : `it is not in the subnet ${wanted.subnet}`;
    return problem(name, `invalid ${what} ${address} of network ${name}: ${why}`);
  };
  if (subnet !== undefined && UNFIT.some((each) => overlaps(each, subnet))) {
    const message = `invalid subnet ${wanted.subnet} of network ${name}: link-local and multicast addresses are no network's`;
    throw problem(name, message);
  }
  if (wanted.ipRange !== undefined) {
    const range = parseSubnet(wanted.ipRange, family);
    if (subnet === undefined || range.prefix < subnet.prefix || !overlaps(subnet, range))
      throw refuse('ip-range', wanted.ipRange);
  }
  const addresses: Record<string, string | undefined> = { gateway: wanted.gateway };
  for (const [each, address] of Object.entries(wanted.auxiliaryAddresses ?? {}))
    addresses[`auxiliary address ${each}`] = address;
  for (const [what, address] of Object.entries(addresses)) {
    if (address !== undefined && (subnet === undefined || !contains(subnet, address))) throw refuse(what, address);
  }
}

function problem(subject: string, message: string): EngineError {
  return invalid({ code: 'network-address', message, subject });
}
