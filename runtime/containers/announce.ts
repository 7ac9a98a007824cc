import type { EventBus } from '../events/event-bus.ts';
import type { Attachment } from '../networks/networks.ts';
import type { Container } from './container.ts';

/** Announces what happened to a container, with the attributes that Docker gives: name, image, labels. */
export function announce(
  events: EventBus,
  container: Container,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): void {
  const { name, image, config } = container.record;
  events.publish('container', action, container.id, { ...config.Labels, image, name, ...attributes }, image);
}

/** Announces that a container joined or left its networks. */
export function announceNetworks(
  events: EventBus,
  action: 'connect' | 'disconnect',
  containerId: string,
  attachment: Attachment,
): void {
  for (const endpoint of attachment.endpoints) {
    events.publish('network', action, endpoint.networkId, {
      container: containerId,
      name: endpoint.networkName,
      type: 'bridge',
    });
  }
}

/** Announces that a container that runs has its volumes, or has them no more. */
export function announceVolumes(events: EventBus, action: 'mount' | 'unmount', { id, record }: Container): void {
  for (const { type, name, destination, propagation, readOnly } of record.mounts) {
    if (type !== 'volume') continue;
    events.publish('volume', action, name, {
      ...{ driver: 'local', container: id },
      ...(action === 'mount' && { destination, propagation, 'read/write': String(!readOnly) }),
    });
  }
}
