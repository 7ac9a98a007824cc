import { expect, test } from 'vitest';
import { Router } from './router.ts';

const none = (): void => {};
const router = new Router({
  'GET /images/{name*}/json': none,
  'GET /images/json': none,
  'DELETE /images/{name*}': none,
  'POST /containers/{id}/start': none,
});

test('names of images may hold slashes', () => {
  const found = router.find('GET', '/images/localhost:5000/a/b/json');
  expect(found).toMatchObject({ kind: 'found', match: { params: { name: 'localhost:5000/a/b' } } });
});

test('a literal path wins over a name', () => {
  expect(router.find('GET', '/images/json')).toMatchObject({ kind: 'found', match: { params: {} } });
});

test('names are decoded', () => {
  expect(router.find('DELETE', '/images/a%2Fb')).toMatchObject({ match: { params: { name: 'a/b' } } });
});

test('a known path with another method says what is served', () => {
  expect(router.find('GET', '/containers/x/start')).toEqual({ kind: 'wrong-method', allowed: ['POST'] });
  expect(router.find('GET', '/nothing')).toEqual({ kind: 'unknown' });
});

test('what takes all below its name makes no path known that another method asks for', () => {
  expect(router.find('GET', '/images/localhost:5000/a/b')).toEqual({ kind: 'unknown' });
});
