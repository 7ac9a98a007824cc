import { expect, it } from 'vitest';
import { mayBePlain } from './plain-http.ts';

it.each([
  ['127.0.0.1:5000', [], true],
  ['127.8.9.1', [], true],
  ['localhost:5000', [], true],
  ['[::1]:5000', [], true],
  ['registry.example', [], false],
  ['localhost.example:5000', [], false],
  ['127.0.0.1.example', [], false],
  ['127.0.0.256', [], false],
  ['registry.example:5000', ['registry.example:5000'], true],
  ['registry.example:5000', ['registry.example'], true],
  ['registry.example', ['registry.example:5000'], false],
  ['10.1.2.3:5000', ['10.0.0.0/8'], true],
  ['11.1.2.3', ['10.0.0.0/8'], false],
  ['200.1.2.3', ['0.0.0.0/0'], true],
  ['192.168.1.129', ['192.168.1.128/25'], true],
  ['192.168.1.127', ['192.168.1.128/25'], false],
  ['192.168.1.127', ['192.168.1.0/99'], false],
  ['registry.example', ['0.0.0.0/0'], false],
])('%s with %j: %s', (domain, allowed, expected) => {
  expect(mayBePlain(domain, allowed)).toBe(expected);
});
