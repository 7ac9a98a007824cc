import { expect, it } from 'vitest';
import { contextFolder } from './build-contexts.ts';

const FOLDERS = ['/home/a/shop', '/home/a/shop/tools/'];

it.each([
  ['no pattern matches', '/home/a/shop/docker/api.Dockerfile', { 'web/*': '.' }, '/home/a/shop/docker'],
  ['a pattern matches', '/home/a/shop/docker/api.Dockerfile', { 'docker/*.Dockerfile': '.' }, '/home/a/shop'],
  ['a pattern of a folder', '/home/a/shop/docker/api/Dockerfile', { docker: 'services' }, '/home/a/shop/services'],
  ['any depth', '/home/a/shop/a/b/Dockerfile', { '**/Dockerfile': './' }, '/home/a/shop'],
  ['the first counts', '/home/a/shop/a/Dockerfile', { 'a/Dockerfile': 'a/src', '**': '.' }, '/home/a/shop/a/src'],
  ['an absolute folder', '/home/a/shop/Dockerfile', { Dockerfile: '/srv/x/../y' }, '/srv/y'],
  ['a folder above', '/home/a/shop/Dockerfile', { Dockerfile: '..' }, '/home/a'],
  ['the innermost workspace folder', '/home/a/shop/tools/x/Dockerfile', { 'x/Dockerfile': '.' }, '/home/a/shop/tools'],
  ['outside of all', '/etc/Dockerfile', { '**': '.' }, '/etc'],
  ['a malformed pattern', '/home/a/shop/Dockerfile', { '[': '/etc' }, '/home/a/shop'],
])('gives the context where %s', (_, dockerfile, contexts, expected) => {
  expect(contextFolder(dockerfile, FOLDERS, contexts)).toBe(expected);
});
