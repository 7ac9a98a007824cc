import { expect, test } from 'vitest';
import { parseProfile, resolveProfile } from './custom-profile.ts';

const ground = { capabilities: ['CAP_SYS_ADMIN'], arch: 'x64', kernel: '6.1.0-18-amd64' };
const rule = (more: object) => ({ names: ['mkdir'], action: 'SCMP_ACT_ERRNO', ...more });
const resolve = (profile: object) => resolveProfile(parseProfile(JSON.stringify(profile)), ground);
const kept = (more: object) => resolve({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule(more)] }).syscalls;

test('a rule applies where all that it includes is there, and nothing that it excludes', () => {
  const applies = [{ names: ['mkdir'], action: 'SCMP_ACT_ERRNO' }];
  expect(kept({ includes: { caps: ['CAP_SYS_ADMIN'], arches: ['amd64'], minKernel: '4.8' } })).toEqual(applies);
  expect(kept({ includes: { caps: ['CAP_SYS_ADMIN', 'CAP_BPF'] } })).toEqual([]);
  expect(kept({ includes: { arches: ['arm64'] } })).toEqual([]);
  expect(kept({ includes: { minKernel: '6.2' } })).toEqual([]);
  expect(kept({ excludes: { caps: ['CAP_BPF', 'CAP_SYS_ADMIN'] } })).toEqual([]);
  expect(kept({ excludes: { caps: ['CAP_BPF'] } })).toEqual(applies);
});

test('the machine’s architecture comes with those that the profile maps to it', () => {
  const archMap = [
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] },
  ];
  expect(resolve({ defaultAction: 'SCMP_ACT_ERRNO', archMap })).toMatchObject({
    defaultAction: 'SCMP_ACT_ERRNO',
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
  });
});

test.each(['none', '{}', '{"defaultAction":"ALLOW"}', '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{}]}'])(
  'the profile %s is refused',
  (text) => {
    expect(() => parseProfile(text)).toThrow('invalid seccomp profile');
  },
);
