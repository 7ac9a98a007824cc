import { describe, expect, it } from 'vitest';
import { AddressPool } from './address-pool.ts';
import { parseSubnet } from './subnet.ts';

describe('an address pool', () => {
  it('gives the lowest free address, and a given one again', () => {
    const pool = new AddressPool(parseSubnet('10.1.0.0/29'), ['10.1.0.1']);
    expect([pool.take(), pool.take(), pool.take()]).toEqual(['10.1.0.2', '10.1.0.3', '10.1.0.4']);
    pool.give('10.1.0.3');
    expect(pool.take()).toBe('10.1.0.3');
    expect([pool.take(), pool.take()]).toEqual(['10.1.0.5', '10.1.0.6']);
    expect(() => pool.take()).toThrow(/no available IPv4 addresses/);
  });

  it('has no broadcast with IPv6', () => {
    const pool = new AddressPool(parseSubnet('fd00:1::/126'), ['fd00:1::1']);
    expect([pool.take(), pool.take()]).toEqual(['fd00:1::2', 'fd00:1::3']);
    expect(() => pool.take()).toThrow('no available IPv6 addresses in fd00:1::/126');
    pool.give('fd00:1:0::2');
    expect(pool.take()).toBe('fd00:1::2');
  });

  it('refuses an address that is taken or outside', () => {
    const pool = new AddressPool(parseSubnet('10.1.0.0/24'), ['10.1.0.1']);
    expect(pool.take('10.1.0.9')).toBe('10.1.0.9');
    expect(() => pool.take('10.1.0.9')).toThrow('Address already in use');
    for (const ip of ['10.1.0.0', '10.1.0.255', '10.2.0.1', 'fd00::1', 'x'])
      expect(() => pool.take(ip)).toThrow(/invalid address/);
  });

  it('knows an IPv6 address however it is written', () => {
    const pool = new AddressPool(parseSubnet('fd00:1::/64'), ['fd00:1::1']);
    expect(pool.take('FD00:0001:0::0099')).toBe('fd00:1::99');
    expect(() => pool.take('fd00:1::99')).toThrow('Address already in use');
    expect(() => pool.take('fd00:1:0:0::1')).toThrow('Address already in use');
    expect(pool.take('fd00:1::ffff:ffff:ffff:ffff')).toBe('fd00:1::ffff:ffff:ffff:ffff');
    for (const ip of ['fd00:1::', 'fd00:2::1', '10.1.0.1']) expect(() => pool.take(ip)).toThrow(/invalid address/);
  });

  it('takes from its range only, and from outside of it what is asked for', () => {
    const pool = new AddressPool(parseSubnet('10.1.0.0/16'), ['10.1.5.0', '10.1.5.2'], parseSubnet('10.1.5.0/30'));
    expect([pool.take(), pool.take()]).toEqual(['10.1.5.1', '10.1.5.3']);
    expect(() => pool.take()).toThrow('no available IPv4 addresses in 10.1.5.0/30');
    expect(pool.take('10.1.9.9')).toBe('10.1.9.9');
    const wide = new AddressPool(parseSubnet('fd00:1::/64'), ['fd00:1::1'], parseSubnet('fd00:1::100/120'));
    expect([wide.take(), wide.take('fd00:1::7'), wide.take()]).toEqual(['fd00:1::100', 'fd00:1::7', 'fd00:1::101']);
  });
});
