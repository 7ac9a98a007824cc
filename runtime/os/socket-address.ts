import { ipBytes } from './ip-bytes.ts';

const [AF_INET, AF_INET6] = [2, 10];

/** The address family of an IP address, as socket(2) and netlink take it. */
export function addressFamily(ip: string): number {
  return ip.includes(':') ? AF_INET6 : AF_INET;
}

/** `struct sockaddr_in` or `sockaddr_in6` (ip(7), ipv6(7)). */
export function socketAddress(ip: string, port: number): Buffer {
  const family = addressFamily(ip);
  const address = Buffer.alloc(family === AF_INET6 ? 28 : 16);
  address.writeUInt16LE(family, 0);
  address.writeUInt16BE(port, 2);
  address.set(ipBytes(ip), family === AF_INET6 ? 8 : 4);
  return address;
}
