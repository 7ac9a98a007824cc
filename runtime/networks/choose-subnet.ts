import { createHash } from 'node:crypto';
import { invalid } from '../errors.ts';
import { overlaps, parseIp, type Subnet } from './subnet.ts';

/** Docker's order of private ranges: 172.17–172.31 with 16 bits, then 192.168 in 16 parts, then parts of 10. */
function* privateSubnets(): Generator<Subnet> {
  const subnet = (ip: string, prefix: number): Subnet => ({ family: 4, base: parseIp(ip), prefix });
  for (let second = 17; second < 32; second++) yield subnet(`172.${second}.0.0`, 16);
  for (let third = 0; third < 256; third += 16) yield subnet(`192.168.${third}.0`, 20);
  for (let second = 0; second < 256; second++) yield subnet(`10.${second}.0.0`, 16);
}

/** Unique local subnets of 64 bits (RFC 4193), as random as the ID that they are made of. */
function* uniqueLocalSubnets(networkId: string): Generator<Subnet> {
  for (let attempt = 0; attempt < 256; attempt++) {
    const random = createHash('sha256').update(`${networkId} ${attempt}`).digest('hex').slice(0, 14);
    yield { family: 6, base: BigInt(`0xfd${random}`) << 64n, prefix: 64 };
  }
}

/** The first IPv4 subnet that overlaps nothing in use. Error: EngineError `invalid`. */
export function chooseSubnet(inUse: readonly Subnet[]): Subnet {
  return firstFree(privateSubnets(), inUse);
}

/** An IPv6 subnet for a network that overlaps nothing in use. Error: EngineError `invalid`. */
export function chooseSubnet6(networkId: string, inUse: readonly Subnet[]): Subnet {
  return firstFree(uniqueLocalSubnets(networkId), inUse);
}

function firstFree(candidates: Iterable<Subnet>, inUse: readonly Subnet[]): Subnet {
  let family = 4;
  for (const candidate of candidates) {
    if (!inUse.some((used) => overlaps(used, candidate))) return candidate;
    family = candidate.family;
  }
  throw invalid({
    code: 'no-free-subnet',
    message: `could not find an available, non-overlapping IPv${family} address pool among the defaults to assign to the network`,
  });
}
