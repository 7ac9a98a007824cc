import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { HostPackages } from './host-packages.ts';

it('knows the packages of this machine’s apt, and what they are', async ({ skip }) => {
  if (!existsSync('/usr/bin/apt-cache')) skip('apt-cache is not here');
  const packages = new HostPackages();
  const names = await packages.names();
  expect(names).toContain('apt');
  expect(names).toEqual([...names].sort());
  expect(await packages.description('apt')).toMatch(/package manager/);
  expect(await packages.description('no-such-package')).toBeUndefined();
  expect(await packages.description('--help')).toBeUndefined();
});

it('knows none where there is no apt', async () => {
  expect(await new HostPackages('/nowhere/apt-cache').names()).toEqual([]);
});
