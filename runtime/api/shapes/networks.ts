import type { NetworkRecord } from '../../networks/networks.ts';
import type { ApiVersion } from '../version.ts';

/** One network of `GET /networks`: from 1.28 on without the containers that have it. */
export function shapeListedNetwork(network: NetworkRecord, version: ApiVersion): object {
  return { ...shapeNetwork(network, version), ...(version.atLeast('1.28') && { Containers: {} }) };
}

/** `GET /networks/{id}`. */
export function shapeNetwork(network: NetworkRecord, version: ApiVersion): object {
  return { ...network, ...(version.atLeast('1.48') && { EnableIPv4: true }) };
}
