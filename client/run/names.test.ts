import { expect, it } from 'vitest';
import { containerNameFor, freeName } from './names.ts';

it.each([
  ['bulletin-board:latest', 'bulletin-board'],
  ['ghcr.io:443/me/Web@sha256:00', 'web'],
  ['a', 'container'],
])('names a container of %s %s', (reference, name) => {
  expect(containerNameFor(reference)).toBe(name);
});

it('counts up where the name is taken', () => {
  expect(freeName('web', new Set())).toBe('web');
  expect(freeName('web', new Set(['web', 'web-2']))).toBe('web-3');
});
