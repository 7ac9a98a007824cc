import { expect, it } from 'vitest';
import { parseAddress } from './address.ts';

it.each([
  ['localhost:5000', 'localhost:5000'],
  ['localhost', 'localhost'],
  [' https://Registry.Example/v2/ ', 'registry.example'],
  ['http://127.0.0.1:5000/', '127.0.0.1:5000'],
  ['[::1]:5000', '[::1]:5000'],
  ['docker.io', 'docker.io'],
  ['https://index.docker.io/v1/', 'docker.io'],
  ['hub.docker.com', 'docker.io'],
])('reads %j as %s', (text, domain) => {
  expect(parseAddress(text)).toEqual({ domain });
});

it.each([
  '',
  'user:secret@registry.example',
  'registry.example/team',
  'registry',
  'a b.c',
  'ftp://x.y',
  'x.y:0',
  'x.y:99999',
])('refuses %j', (text) => {
  expect(parseAddress(text)).toEqual({ problem: expect.stringMatching(/host/) });
});
