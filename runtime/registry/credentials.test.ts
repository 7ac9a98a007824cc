import { expect, test } from 'vitest';
import { parseRegistryAuth, parseRegistryConfig } from './credentials.ts';

const header = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('an account is a password, a token, or in docker’s own form', () => {
  expect(parseRegistryAuth(header({ username: 'u', password: 'p' }))).toEqual({
    kind: 'password',
    username: 'u',
    password: 'p',
  });
  expect(parseRegistryAuth(header({ identitytoken: 't' }))).toEqual({ kind: 'identity', token: 't' });
  expect(parseRegistryAuth(header({ registrytoken: 't' }))).toEqual({ kind: 'bearer', token: 't' });
  const auth = Buffer.from('u:p:q').toString('base64');
  expect(parseRegistryAuth(header({ auth }))).toEqual({ kind: 'password', username: 'u', password: 'p:q' });
});

test('no header, and an empty one, mean nobody', () => {
  for (const none of [undefined, '', header({})]) expect(parseRegistryAuth(none)).toEqual({ kind: 'none' });
  expect(parseRegistryConfig(undefined)('docker.io')).toEqual({ kind: 'none' });
});

test('a build’s accounts are found by the registry, however docker’s configuration spells it', () => {
  const accounts = parseRegistryConfig(
    header({
      'https://index.docker.io/v1/': { username: 'hub', password: 'p' },
      'registry.example:5000': { identitytoken: 'example' },
    }),
  );
  expect(accounts('docker.io')).toEqual({ kind: 'password', username: 'hub', password: 'p' });
  expect(accounts('registry.example:5000')).toEqual({ kind: 'identity', token: 'example' });
  expect(accounts('other.example')).toEqual({ kind: 'none' });
});

test('what is no JSON is refused', () => {
  expect(() => parseRegistryAuth(Buffer.from('no JSON').toString('base64'))).toThrow('X-Registry-Auth');
  expect(() => parseRegistryConfig(header(['x']))).toThrow('X-Registry-Config');
});
