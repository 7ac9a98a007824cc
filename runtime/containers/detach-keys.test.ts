import { expect, test } from 'vitest';
import { DetachScanner, parseDetachKeys } from './detach-keys.ts';

test('keys spell bytes', () => {
  expect([...parseDetachKeys('')]).toEqual([16, 17]);
  expect([...parseDetachKeys('a,ctrl-x')]).toEqual([97, 24]);
  expect(() => parseDetachKeys('ctrl-')).toThrow('Invalid detach keys');
});

test('the sequence is found across chunks, and what came before it is passed on', () => {
  const scanner = new DetachScanner(parseDetachKeys(''));
  expect(scanner.push(Buffer.from('ab\x10'))).toEqual({ pass: Buffer.from('ab'), detached: false });
  expect(scanner.push(Buffer.from('\x11cd'))).toEqual({ pass: Buffer.from(''), detached: true });
});

test('a sequence that does not come to its end is passed on', () => {
  const scanner = new DetachScanner(parseDetachKeys(''));
  scanner.push(Buffer.from('\x10'));
  expect(scanner.push(Buffer.from('x'))).toEqual({ pass: Buffer.from('\x10x'), detached: false });
});
