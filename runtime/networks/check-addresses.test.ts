import { expect, it } from 'vitest';
import { checkAddresses } from './check-addresses.ts';

it.each([
  [{ ipRange: '10.2.0.0/24' }, 'invalid ip-range 10.2.0.0/24 of network n: it is not in the subnet 10.1.0.0/16'],
  [{ ipRange: '10.0.0.0/8' }, 'invalid ip-range 10.0.0.0/8'],
  [{ gateway: '10.2.0.1' }, 'invalid gateway 10.2.0.1'],
  [{ gateway: 'fd00::1' }, 'invalid gateway fd00::1'],
  [{ auxiliaryAddresses: { router: '192.0.2.1' } }, 'invalid auxiliary address router 192.0.2.1'],
  [{ subnet: undefined, ipRange: '10.1.0.0/24' }, 'it needs a subnet, which is not given'],
  [{ subnet: 'fd00:1::/64' }, 'invalid subnet fd00:1::/64'],
])('an IPv4 network is refused addresses that are not its own: %o', (options, message) => {
  expect(() => checkAddresses('n', 4, { subnet: '10.1.0.0/16', ...options })).toThrow(message);
});

it.each([
  [{ ipRange: 'fd00:2::/80' }, 'invalid ip-range fd00:2::/80 of network n: it is not in the subnet fd00:1::/64'],
  [{ ipRange: 'fd00::/16' }, 'invalid ip-range fd00::/16'],
  [{ gateway: 'fd00:2::1' }, 'invalid gateway fd00:2::1'],
  [{ gateway: '10.1.0.1' }, 'invalid gateway 10.1.0.1'],
  [{ auxiliaryAddresses: { router: 'fd00:2::1' } }, 'invalid auxiliary address router fd00:2::1'],
  [{ subnet: undefined, gateway: 'fd00:1::1' }, 'it needs a subnet, which is not given'],
  [{ subnet: 'fe80::/64' }, 'link-local and multicast addresses are no network'],
  [{ subnet: 'ff02::/64' }, 'link-local and multicast addresses are no network'],
])('an IPv6 network is refused addresses that are not its own: %o', (options, message) => {
  expect(() => checkAddresses('n', 6, { subnet: 'fd00:1::/64', ...options })).toThrow(message);
});

it('addresses that go together are taken, however they are written', () => {
  checkAddresses('n', 6, {
    subnet: '2001:389::/64',
    ipRange: '2001:389::0/96',
    gateway: '2001:0389::FFF0',
    auxiliaryAddresses: { router: '2001:389::2' },
  });
});
