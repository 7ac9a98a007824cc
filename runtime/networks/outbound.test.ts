import { expect, test } from 'vitest';
import { nftTable, rulesAbout, tables } from './outbound.ts';
import { parseSubnet } from './subnet.ts';

test('the rules about a bridge are found among all others', () => {
  const saved = [
    '*nat',
    ':POSTROUTING ACCEPT [0:0]',
    '-A POSTROUTING -s 172.17.0.0/16 ! -o lap-1 -j MASQUERADE',
    '-A POSTROUTING -s 172.18.0.0/16 ! -o lap-10 -j MASQUERADE',
    'COMMIT',
    '*filter',
    ':FORWARD ACCEPT [0:0]',
    '-A FORWARD -i lap-1 -o br-2 -j DROP',
    '-A FORWARD -i br-2 -o lap-1 -j DROP',
    '-A FORWARD -i br-2 -o br-3 -j DROP',
    '-A FORWARD -m comment --comment lap-1 -j OTHER',
    'COMMIT',
  ].join('\n');
  expect(rulesAbout('lap-1', saved)).toEqual({
    nat: ['POSTROUTING -s 172.17.0.0/16 ! -o lap-1 -j MASQUERADE'],
    filter: ['FORWARD -i lap-1 -o br-2 -j DROP', 'FORWARD -i br-2 -o lap-1 -j DROP'],
  });
  expect(rulesAbout('lap-4', saved)).toEqual({ nat: [], filter: [] });
});

const reach = { bridge: 'br-1', subnet: parseSubnet('fd00:1::/64'), others: ['br-2'] } as const;

test('over IPv6 containers get out, nobody gets in, and networks are kept apart', () => {
  expect(tables({ ...reach, outside: 'reached' })).toEqual({
    nat: ['POSTROUTING -s fd00:1::/64 ! -o br-1 -j MASQUERADE'],
    filter: [
      'FORWARD -i br-1 -o br-2 -j DROP',
      'FORWARD -i br-2 -o br-1 -j DROP',
      'FORWARD -o br-1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      'FORWARD -i br-1 -j ACCEPT',
      'FORWARD ! -i br-1 -o br-1 -j DROP',
    ],
  });
  expect(tables({ ...reach, others: [], outside: 'unreached' })).toEqual({
    nat: [],
    filter: ['FORWARD -i br-1 ! -o br-1 -j DROP', 'FORWARD ! -i br-1 -o br-1 -j DROP'],
  });
});

test('nftables has a table for each bridge and IP version', () => {
  const six = nftTable({ ...reach, outside: 'reached' });
  expect(six).toContain('table ip6 br_1 {');
  expect(six).toContain('ip6 saddr fd00:1::/64 oifname != "br-1" masquerade;');
  expect(six).toContain('ct state != { established, related } drop;');
  const four = nftTable({ ...reach, subnet: parseSubnet('10.1.0.0/16'), outside: 'unreached' });
  expect(four).toContain('table ip br_1 {');
  expect(four).not.toMatch(/masquerade|ct state/);
});
