import { type AttachedContainer, NAME_SERVER } from './attached.ts';
import { serveNames } from './dns/name-server.ts';
import { addressesOf, nameOf } from './dns/neighbours.ts';
import type { Ground } from './ground.ts';

/** Starts the name server of a container that is on a user-defined network, once. `all`: its possible neighbours. */
export async function startNameServer(
  container: AttachedContainer,
  all: ReadonlyMap<string, AttachedContainer>,
  { thread, dialler }: Ground,
): Promise<void> {
  const { netnsPath } = container;
  const isNamed = container.endpoints.some((each) => each.network.name !== 'bridge');
  if (!isNamed || container.names !== undefined || netnsPath === undefined) return;
  const sockets = await thread.call('openNameServer', netnsPath, NAME_SERVER, 53);
  container.names = await serveNames(sockets, {
    addressesOf: (name) => addressesOf(container, all.values(), name),
    nameOf: (address) => nameOf(container, all.values(), address),
    upstreams: () =>
      container.endpoints.every((each) => each.network.internal)
        ? []
        : container.nameServers.map(({ address, from }) => ({
            address,
            dialler: from === 'container' ? dialler : undefined,
          })),
  });
}
