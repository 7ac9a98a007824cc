import type { EndpointRequest } from '../../protocol/engine/container-create.ts';
import { invalid } from '../errors.ts';
import type { AttachOptions, EndpointOptions, Networks } from '../networks/networks.ts';
import { familyOf } from '../networks/subnet.ts';
import { parseLink } from './links.ts';
import type { ContainerRecord } from './record.ts';

/** The network that a container's mode names, as the networks know it. */
export function primaryNetwork(record: ContainerRecord): string {
  const mode = record.hostConfig.NetworkMode;
  return mode === 'default' ? 'bridge' : mode;
}

/** What a container asks of its networks: of the one that its mode names, and of further ones. */
export async function wantedNetworks(
  networks: Pick<Networks, 'inspect'>,
  record: ContainerRecord,
): Promise<EndpointOptions & Pick<AttachOptions, 'further'>> {
  const primary = primaryNetwork(record);
  if (primary === 'host' || primary === 'none' || primary.startsWith('container:')) return {};
  const { Id: primaryId } = await networks.inspect(primary);
  let own: EndpointRequest | undefined;
  const further: (EndpointOptions & { network: string })[] = [];
  for (const [name, request] of Object.entries(record.networks)) {
    const { Id: id } = await networks.inspect(name === 'default' ? 'bridge' : name);
    if (id === primaryId) own = request;
    else further.push({ network: id, ...endpointOptions(request) });
  }
  const options = own === undefined ? {} : endpointOptions(own);
  const macAddress = options.macAddress ?? (record.config.MacAddress || undefined);
  const links = [...(options.links ?? []), ...linksByName(record.hostConfig.Links)];
  return { ...options, macAddress, links: primary === 'bridge' ? [] : links, further };
}

/** One request as the networks take it. */
export function endpointOptions(request: EndpointRequest): EndpointOptions {
  return {
    ipv4Address: request.IPAMConfig?.IPv4Address || undefined,
    ipv6Address: request.IPAMConfig?.IPv6Address || undefined,
    macAddress: request.MacAddress || undefined,
    aliases: request.Aliases,
    links: linksByName(request.Links),
  };
}

/** Errors: EngineError `invalid` for an address that is none. */
export function checkEndpoint(request: EndpointRequest): void {
  const { IPv4Address = '', IPv6Address = '' } = request.IPAMConfig ?? {};
  for (const [family, address] of [[4, IPv4Address] as const, [6, IPv6Address] as const]) {
    if (address === '' || familyOf(address) === family) continue;
    throw invalid({ code: 'address-invalid', message: `invalid IPv${family} address: ${address}`, subject: address });
  }
  for (const link of request.Links) parseLink(link);
}

function linksByName(links: readonly string[]) {
  return links.map(parseLink).map(({ name, alias }) => ({ container: name, alias }));
}
