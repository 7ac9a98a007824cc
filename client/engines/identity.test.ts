import { expect, it } from 'vitest';
import { readIdentity } from './identity.ts';

it.each([
  [{ Platform: { Name: 'Lapstrake' } }, 'Lapstrake'],
  [{ Platform: { Name: 'Docker Engine - Community' }, Components: [{ Name: 'Engine' }] }, 'Docker'],
  [{ Platform: { Name: '' }, Components: [{ Name: 'Engine' }, { Name: 'containerd' }] }, 'Docker'],
  [{ Platform: { Name: 'linux/amd64/debian-12' }, Components: [{ Name: 'Podman Engine' }] }, 'Podman'],
  [undefined, 'Engine'],
])('names the engine behind %j', (version, name) => {
  expect(readIdentity(version, undefined).name).toBe(name);
});
