import { expect, it } from 'vitest';
import { macOf } from './mac-address.ts';

it('a MAC address follows from the IP address', () => {
  expect(macOf('172.17.0.2')).toBe('02:42:ac:11:00:02');
});
