import { ipBytes } from '../os/ip-bytes.ts';

/** A MAC address that no vendor has, made from the IPv4 address, as Docker does. */
export function macOf(ip: string): string {
  return ['02', '42', ...[...ipBytes(ip)].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}
