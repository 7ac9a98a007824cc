import { isIPv4 } from 'node:net';
import { invalid } from '../errors.ts';

/** An IPv4 network. */
export interface Subnet {
  /** First address as a number. */
  readonly base: number;
  readonly prefix: number;
}

/** Reads `172.17.0.0/16`; host bits are cleared. Throws `invalid` for anything else. */
export function parseSubnet(text: string): Subnet {
  const [ip, bits] = text.split('/');
  const prefix = Number(bits);
  if (ip === undefined || !isIPv4(ip) || !/^\d+$/.test(bits ?? '') || prefix > 30) {
    throw invalid({
      code: 'subnet-invalid',
      message: `invalid subnet ${text}: want an address and bits, as 10.1.0.0/16`,
      subject: text,
    });
  }
  return { base: (parseIp(ip) & mask(prefix)) >>> 0, prefix };
}

/** Writes `172.17.0.0/16`. */
export function formatSubnet(subnet: Subnet): string {
  return `${formatIp(subnet.base)}/${subnet.prefix}`;
}

/** The four numbers as one. */
export function parseIp(ip: string): number {
  return ip.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

export function formatIp(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
}

function mask(prefix: number): number {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}

function lastOf({ base, prefix }: Subnet): number {
  return base + 2 ** (32 - prefix) - 1;
}

export function contains(subnet: Subnet, ip: number): boolean {
  return (ip & mask(subnet.prefix)) >>> 0 === subnet.base;
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  const prefix = Math.min(a.prefix, b.prefix);
  return (a.base & mask(prefix)) >>> 0 === (b.base & mask(prefix)) >>> 0;
}

/** Docker's order of private ranges: 172.17–172.31 with 16 bits, then 192.168 in 16 parts, then parts of 10. */
export function* candidateSubnets(): Generator<Subnet> {
  for (let second = 17; second < 32; second++) yield { base: parseIp(`172.${second}.0.0`), prefix: 16 };
  for (let third = 0; third < 256; third += 16) yield { base: parseIp(`192.168.${third}.0`), prefix: 20 };
  for (let second = 0; second < 256; second++) yield { base: parseIp(`10.${second}.0.0`), prefix: 16 };
}

/** The first candidate that overlaps nothing in use. */
export function chooseSubnet(inUse: readonly Subnet[]): Subnet {
  for (const candidate of candidateSubnets()) {
    if (!inUse.some((used) => overlaps(used, candidate))) return candidate;
  }
  throw invalid({
    code: 'no-free-subnet',
    message:
      'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
  });
}

/** Networks to which the host has routes, from /proc/net/route (proc(5)); default routes are none. */
export function parseRoutes(text: string): Subnet[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line): Subnet[] => {
      const [, destination, , , , , , maskHex] = line.split('\t');
      if (destination === undefined || maskHex === undefined) return [];
      const swap = (hex: string): number => Buffer.from(hex, 'hex').readUInt32LE();
      const bits = swap(maskHex);
      return bits === 0 ? [] : [{ base: swap(destination), prefix: Math.clz32(~bits >>> 0) }];
    });
}

/**
 * Addresses of one network: the lowest free one of a range first, without the network's own, the broadcast and those that
 * are reserved, such as the gateway's.
 */
export class AddressPool {
  readonly #used = new Set<number>();

  constructor(
    readonly subnet: Subnet,
    reserved: readonly number[],
    private readonly range: Subnet = subnet,
  ) {
    for (const each of reserved) this.#used.add(each);
  }

  /** Throws `conflict`-like `invalid` for a wanted address that is outside or taken. */
  take(wanted?: string): string {
    const { base } = this.subnet;
    const end = lastOf(this.subnet);
    if (wanted !== undefined) {
      const ip = isIPv4(wanted) ? parseIp(wanted) : -1;
      if (ip <= base || ip >= end) {
        throw invalid({
          code: 'address-outside-subnet',
          message: `invalid address ${wanted}: it is not in ${formatSubnet(this.subnet)}`,
          subject: wanted,
        });
      }
      if (this.#used.has(ip))
        throw invalid({ code: 'address-taken', message: 'Address already in use', subject: wanted });
      this.#used.add(ip);
      return wanted;
    }
    const last = Math.min(end - 1, lastOf(this.range));
    for (let ip = Math.max(base + 1, this.range.base); ip <= last; ip++) {
      if (this.#used.has(ip)) continue;
      this.#used.add(ip);
      return formatIp(ip);
    }
    throw invalid({ code: 'no-free-address', message: `no available IPv4 addresses in ${formatSubnet(this.range)}` });
  }

  give(ip: string): void {
    this.#used.delete(parseIp(ip));
  }
}

/** A MAC address that no vendor has, made from the IP address, as Docker does. */
export function macOf(ip: string): string {
  return ['02', '42', ...ip.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))].join(':');
}
