import { expect, it } from 'vitest';
import { parseChallenges } from './challenge.ts';

const read = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

it.each([
  ['Basic realm="here"', [['basic', { realm: 'here' }]]],
  [
    'Bearer realm="https://a.example/token",service="a, b",scope="repository:x:pull,push"',
    [['bearer', { realm: 'https://a.example/token', service: 'a, b', scope: 'repository:x:pull,push' }]],
  ],
  [
    'Negotiate, BASIC Realm=x',
    [
      ['negotiate', {}],
      ['basic', { realm: 'x' }],
    ],
  ],
  ['Basic realm="say \\"hi\\""', [['basic', { realm: 'say "hi"' }]]],
  ['', []],
  ['=,"', []],
])('reads %s', (header, expected) => {
  expect(read(header)).toEqual(expected);
});
