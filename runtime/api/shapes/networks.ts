import type { NetworkRecord } from '../../networks/networks.ts';
import type { ApiVersion } from '../version.ts';

/** `GET /networks/{id}`, and one network of `GET /networks`. */
export function shapeNetwork(network: NetworkRecord, version: ApiVersion): object {
  return { ...network, ...(version.atLeast('1.48') && { EnableIPv4: true }) };
}
