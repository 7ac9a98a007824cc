import { isIPv4, isIPv6 } from 'node:net';

/** The bytes of an address, 4 or 16. Throws TypeError for what is none, or has a zone. */
export function ipBytes(ip: string): Buffer {
  if (isIPv4(ip)) return Buffer.from(ip.split('.').map(Number));
  if (!isIPv6(ip) || ip.includes('%')) throw new TypeError(`not an IP address: ${ip}`);
  const [before = '', after] = canonicalIpv6(ip).split('::');
  const [head, tail] = [groupsOf(before), groupsOf(after ?? '')];
  const groups = [...head, ...Array(8 - head.length - tail.length).fill(0), ...tail];
  return Buffer.from(groups.flatMap((group: number) => [group >> 8, group & 0xff]));
}

/** An address of 4 or 16 bytes as text, IPv6 as RFC 5952 has it. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0));
  return canonicalIpv6(groups.map((group) => group.toString(16)).join(':'));
}

/** URLs write IPv6 addresses as RFC 5952 does. */
function canonicalIpv6(ip: string): string {
  return new URL(`http://[${ip}]`).hostname.slice(1, -1);
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
