import { invalid } from '../errors.ts';
import { contains, formatIp, formatSubnet, lastOf, parseIp, type Subnet } from './subnet.ts';

/**
 * Addresses of one subnet: the lowest free one of a range first, without the subnet's own (of IPv6, that of any router),
 * IPv4's broadcast, and those that are reserved, such as the gateway's.
 */
export class AddressPool {
  readonly #used = new Set<bigint>();
  readonly #first: bigint;
  readonly #last: bigint;

  constructor(
    readonly subnet: Subnet,
    reserved: readonly string[],
    private readonly range: Subnet = subnet,
  ) {
    this.#first = subnet.base + 1n;
    this.#last = subnet.family === 4 ? lastOf(subnet) - 1n : lastOf(subnet);
    for (const each of reserved) this.#used.add(parseIp(each));
  }

  /** A wanted address, else a free one. Error: EngineError `invalid` for one that is outside or taken, and where none is free. */
  take(wanted?: string): string {
    return wanted === undefined ? this.#takeFree() : this.#takeWanted(wanted);
  }

  give(ip: string): void {
    this.#used.delete(parseIp(ip));
  }

  #takeWanted(wanted: string): string {
    const ip = contains(this.subnet, wanted) ? parseIp(wanted) : -1n;
    if (ip < this.#first || ip > this.#last) {
      throw invalid({
        code: 'address-outside-subnet',
        message: `invalid address ${wanted}: it is not in ${formatSubnet(this.subnet)}`,
        subject: wanted,
      });
    }
    if (this.#used.has(ip))
      throw invalid({ code: 'address-taken', message: 'Address already in use', subject: wanted });
    return this.#use(ip);
  }

  #takeFree(): string {
    const { range } = this;
    for (let ip = range.base; ip <= lastOf(range); ip++) {
      if (ip >= this.#first && ip <= this.#last && !this.#used.has(ip)) return this.#use(ip);
    }
    const message = `no available IPv${range.family} addresses in ${formatSubnet(range)}`;
    throw invalid({ code: 'no-free-address', message });
  }

  #use(ip: bigint): string {
    this.#used.add(ip);
    return formatIp(ip, this.subnet.family);
  }
}
