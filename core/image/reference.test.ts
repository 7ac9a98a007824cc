import { describe, expect, it } from 'vitest';
import { familiarReference, formatReference, isOnHub, parseReference, withDefaultTag } from './reference.ts';

const D = `sha256:${'a'.repeat(64)}`;

function read(text: string) {
  const result = parseReference(text);
  if (!result.ok) throw new Error(result.problem);
  return result.reference;
}

describe('parseReference', () => {
  it.each([
    ['busybox', 'docker.io/library/busybox'],
    ['busybox:1', 'docker.io/library/busybox:1'],
    ['docker.io/busybox', 'docker.io/library/busybox'],
    ['index.docker.io/library/busybox', 'docker.io/library/busybox'],
    ['user/app', 'docker.io/user/app'],
    ['localhost/app', 'localhost/app'],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1'],
    ['127.0.0.1:5000/a/b__c/d--e', '127.0.0.1:5000/a/b__c/d--e'],
    ['[::1]:5000/app', '[::1]:5000/app'],
    ['GHCR/app', 'GHCR/app'],
    [`app@${D}`, `docker.io/library/app@${D}`],
    [`app:v1@${D}`, `docker.io/library/app:v1@${D}`],
  ])('reads %s as %s', (text, whole) => {
    expect(formatReference(read(text))).toBe(whole);
  });

  it.each([
    ['', 'invalid reference format'],
    ['App', 'invalid reference format: repository name (library/App) must be lowercase'],
    ['a:b:c', 'invalid reference format'],
    ['-app', 'invalid reference format'],
    ['a//b', 'invalid reference format'],
    ['app:', 'invalid reference format'],
    ['app@sha256:abc', 'invalid reference format'],
    [`app@sha512:${'a'.repeat(128)}`, 'unsupported digest algorithm'],
    [`${'a'.repeat(256)}`, 'repository name must not be more than 255 characters'],
    ['a'.repeat(64), `invalid repository name (${'a'.repeat(64)}), cannot specify 64-byte hexadecimal strings`],
  ])('refuses %j as dockerd does', (text, problem) => {
    expect(parseReference(text)).toEqual({ ok: false, problem });
  });
});

describe('familiar names', () => {
  it.each(['busybox:latest', 'user/app:v1', 'localhost:5000/app:v1', `busybox@${D}`])('give back %s', (text) => {
    expect(familiarReference(read(text))).toBe(text);
  });

  it('get the default tag only where they have neither tag nor digest', () => {
    expect(withDefaultTag(read('app')).tag).toBe('latest');
    expect(withDefaultTag(read('app:v1')).tag).toBe('v1');
    expect(withDefaultTag(read(`app@${D}`)).tag).toBeUndefined();
  });

  it('tell Docker Hub from other registries', () => {
    expect(isOnHub(read('app'))).toBe(true);
    expect(isOnHub(read('quay.io/app'))).toBe(false);
  });
});
