import { isIPv4, isIPv6 } from 'node:net';
import { invalid } from '../errors.ts';
import { ipBytes, ipText } from '../os/ip-bytes.ts';

export type IpFamily = 4 | 6;

/** A range of addresses with a common beginning. */
export interface Subnet {
  readonly family: IpFamily;
  /** First address as a number. */
  readonly base: bigint;
  /** Bits that all addresses share. */
  readonly prefix: number;
}

/** Bits of an address. */
export const WIDTH = { 4: 32, 6: 128 } as const;
const EXAMPLE = { 4: '10.1.0.0/16', 6: 'fd00:1::/64' } as const;

/** The family of an address; undefined for what is none. Of IPv4 in IPv6 (`::ffff:10.0.0.1`) there is none. */
export function familyOf(ip: string): IpFamily | undefined {
  if (isIPv4(ip)) return 4;
  if (!isIPv6(ip) || ip.includes('%')) return undefined;
  return parseIp(ip) >> 32n === 0xffffn ? undefined : 6;
}

/** Reads `172.17.0.0/16` or `fd00:1::/64`; host bits are cleared. Error: EngineError `invalid` for anything else. */
export function parseSubnet(text: string, family: IpFamily = text.includes(':') ? 6 : 4): Subnet {
  const [ip = '', bits = '', ...rest] = text.split('/');
  const prefix = Number(bits);
  const isOne = rest.length === 0 && familyOf(ip) === family && /^\d+$/.test(bits) && prefix <= WIDTH[family] - 2;
  if (!isOne) {
    throw invalid({
      code: 'subnet-invalid',
      message: `invalid subnet ${text}: want an address and bits, as ${EXAMPLE[family]}`,
      subject: text,
    });
  }
  return { family, base: firstOf(parseIp(ip), prefix, family), prefix };
}

/** Writes `172.17.0.0/16`. */
export function formatSubnet({ base, family, prefix }: Subnet): string {
  return `${formatIp(base, family)}/${prefix}`;
}

/** An address of either family as a number. */
export function parseIp(ip: string): bigint {
  return BigInt(`0x${ipBytes(ip).toString('hex')}`);
}

export function formatIp(value: bigint, family: IpFamily): string {
  return ipText(Buffer.from(value.toString(16).padStart(WIDTH[family] / 4, '0'), 'hex'));
}

/** The last address of a subnet. */
export function lastOf({ base, family, prefix }: Subnet): bigint {
  return base + (1n << BigInt(WIDTH[family] - prefix)) - 1n;
}

export function contains(subnet: Subnet, ip: string): boolean {
  return familyOf(ip) === subnet.family && firstOf(parseIp(ip), subnet.prefix, subnet.family) === subnet.base;
}

/** Whether one holds the other. */
export function overlaps(a: Subnet, b: Subnet): boolean {
  const prefix = Math.min(a.prefix, b.prefix);
  return a.family === b.family && firstOf(a.base, prefix, a.family) === firstOf(b.base, prefix, b.family);
}

function firstOf(ip: bigint, prefix: number, family: IpFamily): bigint {
  const bits = BigInt(WIDTH[family] - prefix);
  return (ip >> bits) << bits;
}
