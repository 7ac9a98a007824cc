import { macOf } from './mac-address.ts';
import type { StoredNetwork } from './network-store.ts';

/** Interface name of a network's bridge; `defaultName` is the default one's. */
export function bridgeOf({ name, id, options }: StoredNetwork, defaultName: string): string {
  return name === 'bridge' ? defaultName : (options['com.docker.network.bridge.name'] ?? `br-${id.slice(0, 12)}`);
}

/** Locally administered, the same at each start. */
export function bridgeMac(id: string): string {
  return macOf(`${Number.parseInt(id.slice(0, 2), 16)}.${Number.parseInt(id.slice(2, 4), 16)}.0.1`);
}
