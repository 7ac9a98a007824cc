/** One line of /proc/net/ipv6_route: destination, its bits, source, its bits, gateway, metric, two counts, flags, interface. */
export interface Ipv6Route {
  /** 32 hexadecimal digits. */
  readonly destination: string;
  readonly prefix: number;
  readonly flags: number;
  readonly interfaceName: string;
}

/** Flags of a default route that a router has announced (linux/ipv6_route.h: RTF_DEFAULT, RTF_ADDRCONF). */
const ANNOUNCED = 0x0001_0000 | 0x0004_0000;

/** Reads /proc/net/ipv6_route, without what the kernel keeps for itself on the loopback interface. */
export function parseIpv6Routes(text: string): Ipv6Route[] {
  return text.split('\n').flatMap((line): Ipv6Route[] => {
    const [destination = '', bits = '', , , , , , , flags = '', interfaceName = ''] = line.trim().split(/\s+/);
    if (!/^[\da-f]{32}$/.test(destination) || interfaceName === '' || interfaceName === 'lo') return [];
    return [{ destination, prefix: Number.parseInt(bits, 16), flags: Number.parseInt(flags, 16), interfaceName }];
  });
}

/** Whether it leads everywhere, as a way out does. */
export function isDefaultRoute({ prefix }: Ipv6Route): boolean {
  return prefix === 0;
}

/** Interfaces that have their way out from a router, which the kernel stops listening to once it forwards itself. */
export function announcedInterfaces(routes: readonly Ipv6Route[]): string[] {
  const announced = routes.filter((route) => isDefaultRoute(route) && (route.flags & ANNOUNCED) === ANNOUNCED);
  return [...new Set(announced.map(({ interfaceName }) => interfaceName))];
}
