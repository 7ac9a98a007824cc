import type { EndpointRequest } from '../../protocol/engine/container-create.ts';
import { invalid } from '../errors.ts';
import type { AttachOptions, EndpointOptions, InterfaceSysctl, Networks } from '../networks/networks.ts';
import { familyOf } from '../networks/subnet.ts';
import { parseLink } from './links.ts';
import type { ContainerRecord } from './record.ts';

const ENDPOINT_SYSCTLS = 'com.docker.network.endpoint.sysctls';
const ENDPOINT_NAME = 'com.docker.network.endpoint.ifname';

/** The network that a container's mode names, as the networks know it. */
export function primaryNetwork(record: ContainerRecord): string {
  const mode = record.hostConfig.NetworkMode;
  return mode === 'default' ? 'bridge' : mode;
}

/** Whether a container has been taken off its last network: its mode is `none` then, and it has no network of the name. */
export function isOffAll({ networks, hostConfig }: ContainerRecord): boolean {
  return hostConfig.NetworkMode === 'none' && Object.keys(networks).length === 0;
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
    linkLocalIps: request.IPAMConfig?.LinkLocalIPs,
    macAddress: request.MacAddress || undefined,
    aliases: request.Aliases,
    links: linksByName(request.Links),
    gatewayPriority: request.GwPriority || undefined,
    sysctls: interfaceSysctls(request),
    interfaceName: interfaceName(request),
  };
}

/** Errors: EngineError `invalid` for an address that is none, and for a setting that is none of an interface. */
export function checkEndpoint(request: EndpointRequest): void {
  const { IPv4Address = '', IPv6Address = '' } = request.IPAMConfig ?? {};
  for (const [family, address] of [[4, IPv4Address] as const, [6, IPv6Address] as const]) {
    if (address === '' || familyOf(address) === family) continue;
    throw invalid({ code: 'address-invalid', message: `invalid IPv${family} address: ${address}`, subject: address });
  }
  for (const address of request.IPAMConfig?.LinkLocalIPs ?? []) {
    if (familyOf(address) !== undefined) continue;
    throw invalid({
      code: 'address-invalid',
      message: `invalid link-local IP address: ${address}`,
      subject: address,
    });
  }
  for (const link of request.Links) parseLink(link);
  interfaceSysctls(request);
  interfaceName(request);
}

/** `com.docker.network.endpoint.ifname` (Docker 28). The kernel takes 15 bytes. */
function interfaceName({ DriverOpts }: EndpointRequest): string | undefined {
  const name = DriverOpts[ENDPOINT_NAME];
  if (name === undefined || /^(?!\.{1,2}$)[^\s/:]{1,15}$/.test(name)) return name;
  throw invalid({ code: 'endpoint-ifname', message: `invalid interface name: ${JSON.stringify(name)}`, subject: name });
}

/** `com.docker.network.endpoint.sysctls` (Docker Engine API 1.46): settings with `IFNAME` for the interface, by commas. */
function interfaceSysctls({ DriverOpts }: EndpointRequest): InterfaceSysctl[] {
  const texts = (DriverOpts[ENDPOINT_SYSCTLS] ?? '').split(',').filter((text) => text !== '');
  return texts.map((text) => {
    // The docker command line writes it in lower case.
    const found = /^net\.(ipv4|ipv6|mpls)\.([\w-]+)\.(?:IFNAME|ifname)\.([\w-]+)=(.*)$/.exec(text);
    if (found !== null) return { family: found[1]!, group: found[2]!, name: found[3]!, value: found[4]! };
    throw invalid({
      code: 'endpoint-sysctl',
      message: `unrecognised network interface sysctl '${text}'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'`,
      subject: text,
    });
  });
}

function linksByName(links: readonly string[]) {
  return links.map(parseLink).map(({ name, alias }) => ({ container: name, alias }));
}
