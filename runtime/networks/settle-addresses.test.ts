import { describe, expect, it } from 'vitest';
import { newNetwork, type StoredNetwork } from './network-store.ts';
import { checkOverlaps, type Surroundings, settleAddresses } from './settle-addresses.ts';
import { parseSubnet } from './subnet.ts';

const around = (of: Partial<Surroundings> = {}): Surroundings => ({ networks: [], routes: [], taken: [], ...of });
const network = (name: string, of: Partial<StoredNetwork> = {}): StoredNetwork => newNetwork({ name, ...of });

describe('a network', () => {
  it('keeps what it asked for, and gets the first address as its gateway', () => {
    const asked = network('n', { subnet: '10.1.2.3/16', ipv6: { subnet: 'FD00:1::5/64', ipRange: 'fd00:1::/80' } });
    expect(settleAddresses(asked, around())).toEqual({
      ...asked,
      ...{ subnet: '10.1.0.0/16', gateway: '10.1.0.1' },
      ipv6: { subnet: 'fd00:1::/64', gateway: 'fd00:1::1', ipRange: 'fd00:1::/80' },
    });
  });

  it('gets subnets that nobody has, and keeps them', () => {
    const other = network('other', { subnet: '172.17.0.0/16' });
    const settled = settleAddresses(
      network('n', { ipv6: {} }),
      around({ networks: [other], routes: [parseSubnet('172.18.0.0/24')] }),
    );
    expect(settled).toMatchObject({ subnet: '172.19.0.0/16', gateway: '172.19.0.1' });
    expect(settled.ipv6?.gateway).toBe(settled.ipv6?.subnet?.replace(/\/64$/, '1'));
    const later = around({ networks: [settled], routes: [parseSubnet('172.19.0.0/16'), parseSubnet('fd00::/8')] });
    expect(settleAddresses(settled, later)).toEqual(settled);
    expect(settleAddresses(network('n'), around()).ipv6).toBeUndefined();
  });

  it('moves away from a new route of the host where it is the default one', () => {
    const bridge = network('bridge', { subnet: '172.17.0.0/16', gateway: '172.17.0.1' });
    const routes = [parseSubnet('172.17.0.0/24')];
    expect(settleAddresses(bridge, around({ routes }))).toMatchObject({
      subnet: '172.18.0.0/16',
      gateway: '172.18.0.1',
    });
  });
});

describe('overlapping subnets', () => {
  const other = network('other', { subnet: '10.1.0.0/16', ipv6: { subnet: 'fd00:1::/64' } });
  const near = around({ networks: [other], taken: [parseSubnet('fd00::/64')] });

  it.each([
    { subnet: '10.1.5.0/24' },
    { subnet: '10.0.0.0/8' },
    { ipv6: { subnet: 'fd00:1::/48' } },
    { subnet: '10.2.0.0/16', ipv6: { subnet: 'fd00:1::/80' } },
    { ipv6: { subnet: 'fd00::/96' } },
  ])('are refused: %o', (wanted) => {
    expect(() => checkOverlaps(network('n', wanted), near)).toThrow(/Pool overlaps with other one/);
  });

  it('are none with itself, with routes, and where nothing is asked for', () => {
    checkOverlaps(other, near);
    checkOverlaps(network('n', { ipv6: {} }), near);
    checkOverlaps(network('n', { subnet: '10.2.0.0/16' }), { ...near, routes: [parseSubnet('10.2.0.0/24')] });
  });
});
