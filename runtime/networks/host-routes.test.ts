import { expect, it } from 'vitest';
import { parseRoutes, parseRoutes6 } from './host-routes.ts';
import { formatSubnet } from './subnet.ts';

it('IPv4 networks come from the kernel’s route table, default routes and one interface apart', () => {
  const table = [
    'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    'tun0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0',
    'one\t0102030A\t00000000\t0001\t0\t0\t0\tFFFFFFFF\t0\t0\t0',
    '',
  ].join('\n');
  expect(parseRoutes(table, '').map(formatSubnet)).toEqual(['192.0.2.0/24', '10.0.0.0/8', '10.3.2.1/32']);
  expect(parseRoutes(table, 'tun0').map(formatSubnet)).toEqual(['192.0.2.0/24', '10.3.2.1/32']);
});

it('so do IPv6 networks, without what every interface has', () => {
  const line = (destination: string, bits: string, name: string): string =>
    `${destination.padEnd(32, '0')} ${bits} ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000100 00000002 00000000 00000001 ${name}`;
  const table = [
    line('fd000001', '40', 'eth0'),
    line('', '00', 'eth0'),
    line('fe80', '40', 'eth0'),
    line('ff00', '08', 'eth0'),
    line('fd000002', '30', 'br-1'),
    line('', '00', 'lo'),
  ].join('\n');
  expect(parseRoutes6(table, '').map(formatSubnet)).toEqual(['fd00:1::/64', 'fd00:2::/48']);
  expect(parseRoutes6(table, 'br-1').map(formatSubnet)).toEqual(['fd00:1::/64']);
});
