import { isInstalled } from '../os/installed.ts';
import { isDefaultRoute, parseIpv6Routes } from '../os/ipv6-routes.ts';
import { hasIpv6 } from '../os/ipv6-settings.ts';
import type { Ground } from './ground.ts';
import type { StoredNetwork } from './network-store.ts';
import type { NetworkAbilities } from './networks.ts';
import { uplinkObstacle } from './user-uplink.ts';

/** How much the engine may do to networks; `none`: no namespaces can be made, so that every container shares the host's. */
export type NetworkAccess = 'root' | 'rootless' | 'none';

/** What this machine gives to networks. */
export async function networkAbilities(access: NetworkAccess): Promise<NetworkAbilities> {
  if (access === 'none') {
    const reasons = ['no network namespaces are allowed here: containers share the host’s network'];
    return { bridge: false, outbound: true, firewall: 'none', obstacles: [], reasons };
  }
  const [iptables, nft] = await Promise.all(['iptables-restore', 'nft'].map(isInstalled));
  const firewall = iptables ? 'iptables' : nft ? 'nftables' : 'none';
  const obstacle = access === 'rootless' ? await uplinkObstacle() : undefined;
  const obstacles = [
    ...(firewall !== 'none' ? [] : ['no way out of the bridge: install iptables or nftables']),
    ...(obstacle === undefined ? [] : [obstacle]),
  ];
  const reasons = [
    access === 'root' ? 'bridges in the host’s network' : 'bridges in a network of the user’s own',
    ...obstacles,
    ...(hasIpv6() ? [] : ['no IPv6: the kernel has none']),
  ];
  return { bridge: true, outbound: obstacles.length === 0, firewall, obstacles, reasons };
}

const NO_RULES =
  'Neither iptables nor nft works here: the container reaches no network outside, and networks are not kept apart.';
const NO_RULES6 =
  'Neither ip6tables nor nft works for IPv6 here: IPv6 is not forwarded by this engine, so that containers reach their own network only.';
const NO_UPLINK = 'containers have no way out of the user’s network: slirp4netns and pasta cannot be started';
const NO_UPLINK6 = 'IPv6 has no way out of the user’s network: ';

/** What this machine cannot honour of a network; makes its bridge where it is not there yet. */
export async function shortcomings(network: StoredNetwork, access: NetworkAccess, ground: Ground): Promise<string[]> {
  if (network.internal) return [];
  const [bridge, uplink] = await Promise.all([ground.bridges.get(network), ground.uplink()]);
  const out: string[] = [];
  if (bridge.ipv4.rules === undefined) out.push(NO_RULES);
  if (bridge.ipv6 !== undefined && bridge.ipv6.rules === undefined) out.push(NO_RULES6);
  if (access === 'root') return out;
  if (uplink === undefined) return [...out, (await uplinkObstacle()) ?? NO_UPLINK];
  if (bridge.ipv6 === undefined) return out;
  const routes = parseIpv6Routes(await ground.thread.call('ipv6Routes'));
  return routes.some(isDefaultRoute)
    ? out
    : [...out, `${NO_UPLINK6}${uplink.program} has been given none by the host.`];
}
