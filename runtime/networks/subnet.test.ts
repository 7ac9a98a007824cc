import { describe, expect, it } from 'vitest';
import { contains, familyOf, formatSubnet, overlaps, parseSubnet } from './subnet.ts';

describe('subnets', () => {
  it.each([
    ['172.17.3.9/16', '172.17.0.0/16'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['FD00:0:0:1::5/64', 'fd00:0:0:1::/64'],
    ['2001:db8:ffff::/33', '2001:db8:8000::/33'],
  ])('%s is read without its host bits and written back', (text, written) => {
    expect(formatSubnet(parseSubnet(text))).toBe(written);
  });

  it.each([
    ...['10.0.0.0', '10.0.0/8', '10.0.0.0/33', '10.0.0.0/31', '10.0.0.0/-1', '10.0.0.0/8/8', '/8', ''],
    ...['fd00::', 'fd00::/127', 'fd00::/129', 'fd00::/6x', 'fd0g::/64', 'fd00::1%eth0/64', '::ffff:10.0.0.0/104'],
  ])('refuse %s', (text) => {
    expect(() => parseSubnet(text)).toThrow(/invalid subnet/);
  });

  it('are of the family that is asked for', () => {
    expect(() => parseSubnet('fd00::/64', 4)).toThrow(/as 10.1.0.0\/16/);
    expect(() => parseSubnet('10.0.0.0/8', 6)).toThrow(/as fd00:1::\/64/);
  });

  it('overlap when one holds the other', () => {
    expect(overlaps(parseSubnet('10.0.0.0/8'), parseSubnet('10.9.0.0/16'))).toBe(true);
    expect(overlaps(parseSubnet('172.17.0.0/16'), parseSubnet('172.18.0.0/16'))).toBe(false);
    expect(overlaps(parseSubnet('fd00::/48'), parseSubnet('fd00:0:0:7::/64'))).toBe(true);
    expect(overlaps(parseSubnet('fd00::/64'), parseSubnet('fd00:0:0:7::/64'))).toBe(false);
    expect(overlaps(parseSubnet('0.0.0.0/0'), parseSubnet('::/0'))).toBe(false);
  });

  it('contain addresses of their own family', () => {
    const subnet = parseSubnet('fd00:1::/64');
    expect(['fd00:1::5', 'fd00:1:0:1::5', '10.0.0.1', 'x'].map((ip) => contains(subnet, ip))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

it('IPv4 in IPv6 clothes is an address of neither family', () => {
  expect(['10.0.0.1', 'fd00::1', '::ffff:10.0.0.1', 'fe80::1%lo', '10.0.0'].map(familyOf)).toEqual([
    4,
    6,
    undefined,
    undefined,
    undefined,
  ]);
});
