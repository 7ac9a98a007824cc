import { isDeepStrictEqual } from 'node:util';
import { checkAddresses } from './check-addresses.ts';
import type { StoredNetwork } from './network-store.ts';
import { formatSubnet, parseSubnet } from './subnet.ts';

/** What the daemon's options say of the network `bridge`. */
export interface DefaultBridge {
  /** Undefined: it has no IPv6. Without a subnet it chooses one, and keeps it. */
  readonly ipv6: { readonly subnet: string | undefined } | undefined;
}

/** The network `bridge` as the options want it. Error: EngineError `invalid` for a subnet that is none. */
export function defaultBridge(stored: StoredNetwork, { ipv6 }: DefaultBridge): StoredNetwork {
  const { ipv6: had, ...plain } = stored;
  if (ipv6 === undefined) return plain;
  if (ipv6.subnet === undefined) return { ...plain, ipv6: had ?? {} };
  checkAddresses('bridge', 6, { subnet: ipv6.subnet });
  const subnet = formatSubnet(parseSubnet(ipv6.subnet, 6));
  return { ...plain, ipv6: had?.subnet === subnet ? had : { subnet } };
}

/** Whether two records of a network differ in what makes its bridge. */
export function isChanged(before: StoredNetwork, after: StoredNetwork): boolean {
  return !isDeepStrictEqual(before.ipv6, after.ipv6);
}
