import { expect, it } from 'vitest';
import { ipBytes, ipText } from './ip-bytes.ts';

it.each([
  ['172.17.0.2', 'ac110002', '172.17.0.2'],
  ['::', '0'.repeat(32), '::'],
  ['::1', `${'0'.repeat(31)}1`, '::1'],
  ['FD00:0:0:1:0:0:0:2', 'fd000000000000010000000000000002', 'fd00:0:0:1::2'],
  ['fd00::1:2', 'fd000000000000000000000000010002', 'fd00::1:2'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008', '1:2:3:4:5:6:7:8'],
  ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221', '64:ff9b::c000:221'],
  ['fd00::', `fd${'0'.repeat(30)}`, 'fd00::'],
])('%s is %s', (ip, bytes, canonical) => {
  expect(ipBytes(ip).toString('hex')).toBe(bytes);
  expect(ipText(Buffer.from(bytes, 'hex'))).toBe(canonical);
});

it.each(['', 'fd00', '10.0.0', 'fd00::1%eth0', 'fd00:::1', '[::1]'])('%j is no address', (text) => {
  expect(() => ipBytes(text)).toThrow(TypeError);
});
