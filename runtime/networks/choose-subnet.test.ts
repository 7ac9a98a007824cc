import { expect, it } from 'vitest';
import { chooseSubnet, chooseSubnet6 } from './choose-subnet.ts';
import { formatSubnet, parseSubnet } from './subnet.ts';

it('IPv4 subnets are chosen in Docker’s order, around what the host already reaches', () => {
  expect(formatSubnet(chooseSubnet([]))).toBe('172.17.0.0/16');
  expect(formatSubnet(chooseSubnet([parseSubnet('172.17.5.0/24')]))).toBe('172.18.0.0/16');
  expect(formatSubnet(chooseSubnet([parseSubnet('172.16.0.0/12')]))).toBe('192.168.0.0/20');
  expect(() => chooseSubnet([parseSubnet('0.0.0.0/0')])).toThrow(/non-overlapping IPv4 address pool/);
});

it('IPv6 subnets are unique local ones, another for each network, around those in use', () => {
  const first = chooseSubnet6('a', []);
  expect(formatSubnet(first)).toMatch(/^fd[\da-f]{2}(:[\da-f]{1,4}){3}::\/64$/);
  expect(chooseSubnet6('a', [])).toEqual(first);
  expect(chooseSubnet6('b', [])).not.toEqual(first);
  expect(chooseSubnet6('a', [{ ...first, prefix: 48 }])).not.toEqual(first);
  expect(() => chooseSubnet6('a', [parseSubnet('fd00::/8')])).toThrow(/non-overlapping IPv6 address pool/);
});
