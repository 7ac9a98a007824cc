import { expect, it } from 'vitest';
import { isKnownFrontend } from './known-frontend.ts';

it.each([
  ['docker/dockerfile', true],
  ['docker/dockerfile:1', true],
  ['docker.io/docker/dockerfile:1.7-labs', true],
  ['docker/dockerfile-upstream:master', true],
  [`mirror.example.com:5000/hub/docker/dockerfile@sha256:${'a'.repeat(64)}`, true],
  ['dockerfile.v0', true],
  ['example.com/my/frontend:9', false],
  ['dockerfile:1', false],
  ['docker/dockerfiles', false],
])('%s: %s', (reference, known) => {
  expect(isKnownFrontend(reference)).toBe(known);
});
