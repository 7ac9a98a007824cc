import { expect, it } from 'vitest';
import { announcedInterfaces, isDefaultRoute, parseIpv6Routes } from './ipv6-routes.ts';

const zero = '0'.repeat(32);
const table = [
  `fd000000000000000000000000000000 40 ${zero} 00 ${zero} 00000100 00000002 00000000 00000001     eth0`,
  `${zero} 00 ${zero} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003     wlan0`,
  `${zero} 00 ${zero} 00 fd000000000000000000000000000001 00000400 00000001 00000000 00000003     eth0`,
  `${zero} 00 ${zero} 00 ${zero} ffffffff 00000001 00000000 00200200       lo`,
  '',
].join('\n');

it('routes are read, without the kernel’s own', () => {
  const routes = parseIpv6Routes(table);
  expect(routes.map(({ interfaceName, prefix }) => `${interfaceName} ${prefix}`)).toEqual([
    'eth0 64',
    'wlan0 0',
    'eth0 0',
  ]);
  expect(routes.filter(isDefaultRoute)).toHaveLength(2);
  expect(parseIpv6Routes('')).toEqual([]);
});

it('interfaces that listen to a router are those whose default route it announced', () => {
  expect(announcedInterfaces(parseIpv6Routes(table))).toEqual(['wlan0']);
});
