import { describe, expect, it } from 'vitest';
import {
  AddressPool,
  chooseSubnet,
  formatSubnet,
  macOf,
  overlaps,
  parseIp,
  parseRoutes,
  parseSubnet,
} from './addresses.ts';
import { checkAddresses } from './check-addresses.ts';

describe('subnets', () => {
  it('are read without their host bits and written back', () => {
    expect(formatSubnet(parseSubnet('172.17.3.9/16'))).toBe('172.17.0.0/16');
    expect(formatSubnet(parseSubnet('10.0.0.0/8'))).toBe('10.0.0.0/8');
  });

  it.each(['10.0.0.0', '10.0.0/8', '10.0.0.0/33', '10.0.0.0/-1', 'fd00::/64'])('refuse %s', (text) => {
    expect(() => parseSubnet(text)).toThrow(/invalid subnet/);
  });

  it('overlap when one holds the other', () => {
    expect(overlaps(parseSubnet('10.0.0.0/8'), parseSubnet('10.9.0.0/16'))).toBe(true);
    expect(overlaps(parseSubnet('172.17.0.0/16'), parseSubnet('172.18.0.0/16'))).toBe(false);
  });

  it('are chosen in Docker’s order, around what the host already reaches', () => {
    expect(formatSubnet(chooseSubnet([]))).toBe('172.17.0.0/16');
    expect(formatSubnet(chooseSubnet([parseSubnet('172.17.5.0/24')]))).toBe('172.18.0.0/16');
    expect(formatSubnet(chooseSubnet([parseSubnet('172.16.0.0/12')]))).toBe('192.168.0.0/20');
  });

  it('come from the kernel’s route table, default routes apart', () => {
    const table = [
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT',
      'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
      'tun0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0',
      'one\t0102030A\t00000000\t0001\t0\t0\t0\tFFFFFFFF\t0\t0\t0',
      '',
    ].join('\n');
    expect(parseRoutes(table).map(formatSubnet)).toEqual(['192.0.2.0/24', '10.0.0.0/8', '10.3.2.1/32']);
  });
});

describe('an address pool', () => {
  it('gives the lowest free address, and a given one again', () => {
    const pool = new AddressPool(parseSubnet('10.1.0.0/29'), [parseIp('10.1.0.1')]);
    expect([pool.take(), pool.take(), pool.take()]).toEqual(['10.1.0.2', '10.1.0.3', '10.1.0.4']);
    pool.give('10.1.0.3');
    expect(pool.take()).toBe('10.1.0.3');
    expect([pool.take(), pool.take()]).toEqual(['10.1.0.5', '10.1.0.6']);
    expect(() => pool.take()).toThrow(/no available IPv4 addresses/);
  });

  it('refuses an address that is taken or outside', () => {
    const pool = new AddressPool(parseSubnet('10.1.0.0/24'), [parseIp('10.1.0.1')]);
    expect(pool.take('10.1.0.9')).toBe('10.1.0.9');
    expect(() => pool.take('10.1.0.9')).toThrow('Address already in use');
    for (const ip of ['10.1.0.0', '10.1.0.255', '10.2.0.1', 'x'])
      expect(() => pool.take(ip)).toThrow(/invalid address/);
  });
});

it('a MAC address follows from the IP address', () => {
  expect(macOf('172.17.0.2')).toBe('02:42:ac:11:00:02');
});

describe('a network with a range and addresses of somebody else', () => {
  it('takes from the range only, and from outside of it what is asked for', () => {
    const pool = new AddressPool(parseSubnet('10.1.0.0/16'), [parseIp('10.1.5.0'), parseIp('10.1.5.2')], {
      ...parseSubnet('10.1.5.0/30'),
    });
    expect([pool.take(), pool.take()]).toEqual(['10.1.5.1', '10.1.5.3']);
    expect(() => pool.take()).toThrow('no available IPv4 addresses in 10.1.5.0/30');
    expect(pool.take('10.1.9.9')).toBe('10.1.9.9');
  });

  it.each([
    [{ ipRange: '10.2.0.0/24' }, 'invalid ip-range 10.2.0.0/24 of network n: it is not in the subnet 10.1.0.0/16'],
    [{ ipRange: '10.0.0.0/8' }, 'invalid ip-range 10.0.0.0/8'],
    [{ gateway: '10.2.0.1' }, 'invalid gateway 10.2.0.1'],
    [{ auxiliaryAddresses: { router: '192.0.2.1' } }, 'invalid auxiliary address router 192.0.2.1'],
    [{ subnet: undefined, ipRange: '10.1.0.0/24' }, 'it needs a subnet, which is not given'],
  ])('is refused where they are not its own: %o', (options, message) => {
    expect(() => checkAddresses({ name: 'n', subnet: '10.1.0.0/16', ...options })).toThrow(message);
  });
});
