import { expect, test } from 'vitest';
import { rulesAbout } from './outbound.ts';

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
