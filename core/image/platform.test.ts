import { expect, it } from 'vitest';
import { formatPlatform, parsePlatform, pickPlatform } from './platform.ts';

const amd64 = { platform: { os: 'linux', architecture: 'amd64' } };
const armV6 = { platform: { os: 'linux', architecture: 'arm', variant: 'v6' } };
const armV7 = { platform: { os: 'linux', architecture: 'arm', variant: 'v7' } };
const arm64 = { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } };
const attestation = { platform: { os: 'unknown', architecture: 'unknown' } };
const all = [attestation, armV6, amd64, armV7, arm64, {}];

it.each([
  ['linux/amd64', amd64],
  ['x86_64', amd64],
  ['linux/arm64', arm64],
  ['linux/arm', armV7],
  ['linux/arm/v6', armV6],
  ['linux/arm/v5', undefined],
  ['linux/s390x', undefined],
])('picks for %s what runs there best', (wanted, entry) => {
  expect(pickPlatform(all, parsePlatform(wanted)!)).toBe(entry);
});

it('falls back to an older variant', () => {
  expect(pickPlatform([armV6], parsePlatform('linux/arm/v7')!)).toBe(armV6);
});

it('writes platforms as Docker does', () => {
  expect(formatPlatform(parsePlatform('linux/arm64/v8')!)).toBe('linux/arm64');
  expect(formatPlatform(parsePlatform('linux/arm/v6')!)).toBe('linux/arm/v6');
  expect(parsePlatform('linux/a/b/c')).toBeUndefined();
  expect(parsePlatform('')).toBeUndefined();
});
