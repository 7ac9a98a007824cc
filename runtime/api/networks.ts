import { parse } from 'zod/mini';
import { EndpointRequest } from '../../protocol/engine/container-create.ts';
import { matchesLabels } from '../../protocol/engine/filters.ts';
import { NetworkConnect, NetworkCreate, NetworkDisconnect } from '../../protocol/engine/network.ts';
import type { Containers } from '../containers/containers.ts';
import { connectContainer, disconnectContainer } from '../containers/membership.ts';
import { forbidden, invalid, notFound, unsupported } from '../errors.ts';
import type { EventBus } from '../events/event-bus.ts';
import { readFlag } from '../images/filter-flag.ts';
import { checkFilters, matchesName } from '../list-filters.ts';
import { bridgeOptions, optionsWithoutEffect } from '../networks/bridge-options.ts';
import type { NetworkAddresses, NetworkRecord, Networks } from '../networks/networks.ts';
import type { Exchange, Routes } from './exchange.ts';
import { networkPools } from './network-pools.ts';
import { pruneFilter } from './prune-filter.ts';
import { shapeListedNetwork, shapeNetwork } from './shapes/networks.ts';

/** What lists are filtered by, and what those filters take that take few values. */
const LIST_FILTERS = {
  ...{ id: undefined, name: undefined, label: undefined, driver: undefined, scope: undefined },
  ...{ type: /^(builtin|custom)$/, dangling: undefined },
};
const NOTHING_ASKED = parse(EndpointRequest, {});

/** `/networks` of the Docker Engine API. */
export function networkRoutes(networks: Networks, containers: Containers, events: EventBus): Routes {
  const id = (x: Exchange): string => x.params.id ?? '';
  const announce = (action: string, network: NetworkRecord, more: Record<string, string> = {}): void =>
    events.publish('network', action, network.Id, { name: network.Name, type: network.Driver, ...more });
  const list = async (x: Exchange): Promise<void> => {
    const filters = x.query.filters();
    checkFilters(filters, LIST_FILTERS);
    const dangling = readFlag('dangling', filters.get('dangling'));
    const any = (name: string, test: (value: string) => boolean): boolean => {
      const values = filters.get(name) ?? [];
      return values.length === 0 || values.some(test);
    };
    const found = (await networks.list()).filter(
      (network) =>
        any('name', (value) => matchesName(network.Name, value)) &&
        any('id', (value) => matchesName(network.Id, value)) &&
        any('driver', (value) => network.Driver === value) &&
        any('scope', (value) => network.Scope === value) &&
        any('type', (value) => (value === 'builtin') === isPredefined(network)) &&
        (dangling === undefined || dangling === (!isPredefined(network) && isEmpty(network))) &&
        matchesLabels(network.Labels, filters.get('label')),
    );
    x.sendJson(
      200,
      found.map((each) => shapeListedNetwork(each, x.version)),
    );
  };
  return {
    'GET /networks': list,
    'GET /networks/': list,
    'POST /networks/create': async (x) => {
      const body = await x.json(NetworkCreate);
      refuseSwarm(body);
      refuseUnknown(body);
      bridgeOptions(body.Options);
      if (body.Driver === 'host' || body.Driver === 'null') throw oneInstance(body.Driver, body.Name);
      if (body.Driver !== '' && body.Driver !== 'bridge') {
        throw unsupported({
          code: 'network-driver',
          message: `network driver ${body.Driver} is not available: use bridge`,
          subject: body.Name,
        });
      }
      if (x.version.atLeast('1.48') && !body.EnableIPv4) throw withoutIpv4(body.Name);
      const { ipv4, ipv6 } = networkPools(body);
      const made = await networks.create({
        name: body.Name,
        labels: body.Labels,
        options: body.Options,
        ...ipv4,
        ipamOptions: body.IPAM.Options,
        ipv6: body.EnableIPv6 ? ipv6 : undefined,
        internal: body.Internal,
        attachable: body.Attachable,
      });
      announce('create', made);
      const warnings = made.EnableIPv6 ? await networks.shortcomings(made.Id) : unusedIpv6(ipv6);
      x.sendJson(201, { Id: made.Id, Warning: [...warnings, ...optionsWithoutEffect(body.Options)].join(' ') });
    },
    'POST /networks/prune': async (x) => {
      const filter = pruneFilter(x.query.filters(), ['until', 'label', 'label!'], new Date());
      const seen = new Map<string, NetworkRecord>();
      const names = await networks.prune((network) => {
        seen.set(network.Name, network);
        return filter({ created: network.Created, labels: network.Labels });
      });
      for (const network of names.map((each) => seen.get(each))) if (network) announce('destroy', network);
      events.publish('network', 'prune', '', { reclaimed: '0' });
      x.sendJson(200, { NetworksDeleted: names.length > 0 ? names : null });
    },
    'GET /networks/{id}': async (x) => {
      const network = await networks.inspect(id(x));
      const scope = x.query.text('scope') ?? network.Scope;
      if (scope !== network.Scope) {
        throw notFound({ code: 'network-missing', message: `network ${id(x)} not found`, subject: id(x) });
      }
      x.sendJson(200, shapeNetwork(network, x.version));
    },
    'DELETE /networks/{id}': async (x) => {
      announce('destroy', await networks.remove(id(x)));
      x.sendEmpty(204);
    },
    'POST /networks/{id}/connect': async (x) => {
      const body = await x.json(NetworkConnect);
      const container = containers.get(body.Container);
      const network = await networks.inspect(id(x));
      await connectContainer(containers, container, network, body.EndpointConfig ?? NOTHING_ASKED);
      announce('connect', network, { container: container.id });
      x.sendEmpty(200);
    },
    'POST /networks/{id}/disconnect': async (x) => {
      const container = containers.get((await x.json(NetworkDisconnect)).Container);
      const network = await networks.inspect(id(x));
      await disconnectContainer(containers, container, network);
      announce('disconnect', network, { container: container.id });
      x.sendEmpty(200);
    },
  };
}

/** What only a swarm has, in dockerd's words. Error: EngineError `forbidden`. */
function refuseSwarm({ Name, Scope, Ingress }: NetworkCreate): void {
  const isLocal = Scope === '' || Scope === 'local';
  if (isLocal && !Ingress) return;
  throw forbidden({
    code: 'network-of-swarm',
    message: isLocal
      ? 'Ingress network can only be global scope network'
      : `cannot create a ${Scope} scoped network when swarm is not active`,
    subject: Name,
  });
}

/** In dockerd's words. */
function oneInstance(driver: string, name: string) {
  return forbidden({
    code: 'network-one-instance',
    message: `only one instance of "${driver}" network is allowed`,
    subject: name,
  });
}

/** What no network here can be made of or without. Errors: EngineError `invalid`, `not-found`, `unsupported`. */
function refuseUnknown({ Name, IPAM, ConfigOnly, ConfigFrom }: NetworkCreate): void {
  if (Name.trim() === '') throw invalid({ code: 'network-name', message: 'a network needs a name' });
  if (IPAM.Driver !== '' && IPAM.Driver !== 'default') {
    throw notFound({ code: 'ipam-driver', message: `plugin "${IPAM.Driver}" not found`, subject: Name });
  }
  if (ConfigOnly || ConfigFrom.Network !== '') {
    throw unsupported({
      code: 'network-config',
      message: `network ${Name} cannot be a configuration of others, or be made of one, here: give it its own options`,
      subject: Name,
    });
  }
}

/** Docker takes an IPv6 subnet without `--ipv6`, too, and does not use it. */
function unusedIpv6({ subnet }: NetworkAddresses): string[] {
  return subnet === undefined ? [] : [`The subnet ${subnet} is not used: the network has no IPv6 (--ipv6).`];
}

/** Rather than a network that is not what was asked for. */
function withoutIpv4(name: string) {
  return invalid({
    code: 'network-ipv4',
    message: `network ${name} cannot go without IPv4 here: dockerd too has that in experimental mode only`,
    subject: name,
    remedies: ['Leave out --ipv4=false'],
  });
}

function isPredefined(network: NetworkRecord): boolean {
  return network.Name === 'bridge' || network.Name === 'host' || network.Name === 'none';
}

function isEmpty(network: NetworkRecord): boolean {
  return Object.keys(network.Containers).length === 0;
}
