import { expect, test } from 'vitest';
import { cgroupName } from './cgroup-name.ts';

test('without a manager a group is a folder below the engine’s own, or the one that is wanted', () => {
  expect(cgroupName('cgroupfs', 'abc')).toEqual({ path: '/lapstrake/abc', cgroupsPath: '/lapstrake/abc' });
  expect(cgroupName('cgroupfs', 'abc', 'mine')).toEqual({ path: '/mine/abc', cgroupsPath: '/mine/abc' });
});

test('with systemd it is a scope in a slice, which lies in those that its name begins with', () => {
  expect(cgroupName('systemd', 'abc')).toEqual({
    path: '/system.slice/lapstrake-abc.scope',
    cgroupsPath: 'system.slice:lapstrake:abc',
  });
  expect(cgroupName('systemd', 'abc', '/a-b-c.slice')).toEqual({
    path: '/a.slice/a-b.slice/a-b-c.slice/lapstrake-abc.scope',
    cgroupsPath: 'a-b-c.slice:lapstrake:abc',
  });
  expect(cgroupName('systemd', 'abc', '-.slice').path).toBe('/lapstrake-abc.scope');
});

test.each(['mine', '/a/b.slice', 'a--b.slice', '-a.slice', '.slice'])('systemd has no slice called %s', (parent) => {
  expect(() => cgroupName('systemd', 'abc', parent)).toThrow(/should be a valid slice named as "xxx.slice", not/);
});

test('who has groups delegated makes all of them there', () => {
  const scope = '/user.slice/lapstrake-engine-1.scope';
  expect(cgroupName('cgroupfs', 'abc', undefined, scope).path).toBe(`${scope}/lapstrake/abc`);
  expect(cgroupName('cgroupfs', 'abc', '/mine', scope).path).toBe(`${scope}/mine/abc`);
});
