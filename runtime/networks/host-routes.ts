import { readFile } from 'node:fs/promises';
import { hasErrno } from '../os/errno.ts';
import { isDefaultRoute, parseIpv6Routes } from '../os/ipv6-routes.ts';
import { overlaps, parseSubnet, type Subnet } from './subnet.ts';

/** Networks that this machine's routes lead to (proc(5)), but for those over one interface; default routes are none. */
export async function hostRoutes(except: string): Promise<Subnet[]> {
  const [ipv4, ipv6] = await Promise.all([read('/proc/net/route'), read('/proc/net/ipv6_route')]);
  return [...parseRoutes(ipv4, except), ...parseRoutes6(ipv6, except)];
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return '';
    throw error;
  }
}

/** Those of /proc/net/route. */
export function parseRoutes(text: string, except: string): Subnet[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line): Subnet[] => {
      const [name, destination, , , , , , maskHex] = line.split('\t');
      if (destination === undefined || maskHex === undefined || name === except) return [];
      const swap = (hex: string): number => Buffer.from(hex, 'hex').readUInt32LE();
      const bits = swap(maskHex);
      return bits === 0 ? [] : [{ family: 4, base: BigInt(swap(destination)), prefix: Math.clz32(~bits >>> 0) }];
    });
}

/** Link-local and multicast addresses: every interface has them. */
const OF_INTERFACES = [parseSubnet('fe80::/10'), parseSubnet('ff00::/8')];

/** Those of /proc/net/ipv6_route. */
export function parseRoutes6(text: string, except: string): Subnet[] {
  return parseIpv6Routes(text)
    .filter((route) => !isDefaultRoute(route) && route.interfaceName !== except)
    .map(({ destination, prefix }): Subnet => ({ family: 6, base: BigInt(`0x${destination}`), prefix }))
    .filter((subnet) => !OF_INTERFACES.some((own) => overlaps(own, subnet)));
}
