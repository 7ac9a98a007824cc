import { expect, it } from 'vitest';
import { proxyFor } from './proxy.ts';

const PROXY = 'http://user:secret@proxy.example:3128';

it.each([
  ['https://registry.example/v2/', { HTTPS_PROXY: PROXY }, `${PROXY}/`],
  ['https://registry.example/v2/', { https_proxy: 'proxy.example:3128' }, 'http://proxy.example:3128/'],
  ['http://registry.example/v2/', { HTTPS_PROXY: PROXY }, undefined],
  ['http://registry.example/v2/', { HTTP_PROXY: PROXY }, `${PROXY}/`],
  ['https://localhost:5000/', { HTTPS_PROXY: PROXY }, undefined],
  ['https://127.3.4.5:5000/', { HTTPS_PROXY: PROXY }, undefined],
  ['https://[::1]:5000/', { HTTPS_PROXY: PROXY }, undefined],
  ['https://registry.example/', {}, undefined],
])('%s with %j goes through %s', (url, env, expected) => {
  expect(proxyFor(new URL(url), env)?.href).toBe(expected);
});

it.each([
  ['https://registry.example/', '*', true],
  ['https://registry.example/', 'other.example, registry.example', true],
  ['https://hub.registry.example/', 'registry.example', true],
  ['https://hub.registry.example/', '.registry.example', true],
  ['https://hub.registry.example/', '*.registry.example', true],
  ['https://registry.example/', '.registry.example', false],
  ['https://myregistry.example/', 'registry.example', false],
  ['https://registry.example/', 'registry.example:443', true],
  ['https://registry.example:5000/', 'registry.example:443', false],
  ['https://10.1.2.3/', '10.0.0.0/8', true],
  ['https://11.1.2.3/', '10.0.0.0/8', false],
  ['https://11.1.2.3/', '10.0.0.0/99', false],
  ['https://11.1.2.3/', '11.1.2.3', true],
  ['https://[fd00::1]/', 'fd00::/8', true],
  ['https://[fd00::1]:5000/', '[fd00::1]:5000', true],
  ['https://registry.example/', '', false],
])('%s with NO_PROXY=%s is excepted: %s', (url, NO_PROXY, expected) => {
  expect(proxyFor(new URL(url), { HTTPS_PROXY: PROXY, NO_PROXY }) === undefined).toBe(expected);
});

it('what is no proxy is an error that does not repeat it', () => {
  const env = { HTTPS_PROXY: 'socks5://user:secret@proxy.example' };
  expect(() => proxyFor(new URL('https://registry.example/'), env)).toThrow(
    /^HTTPS_PROXY is not the http or https URL/,
  );
});
