// With systemd as the manager of control groups, it makes those of containers, and keeps their limits.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { okay } from './okay.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';
import { OwnSystemd } from './systemd-ground.ts';

const missing = !(await OwnSystemd.isPossible());
const MIB = 1024 * 1024;
let registry: BaseImages;
let systemd: OwnSystemd;
let daemon: RealDaemon;

beforeAll(async () => {
  if (missing) return;
  systemd = await OwnSystemd.start();
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(
    ['--registry-mirror', registry.registryUrl, '--cgroup-manager', 'systemd'],
    systemd.launcher,
  );
  expect((await daemon.docker('pull', '-q', 'busybox')).code).toBe(0);
});
afterAll(async () => {
  const left = await daemon?.stop();
  await registry?.stop();
  await systemd?.[Symbol.asyncDispose]();
  expect(left ?? []).toEqual([]);
});

const ok = async (...words: readonly string[]): Promise<string> => okay(await daemon.docker(...words));

async function unitOf(id: string): Promise<Record<string, string>> {
  const { stdout } = await systemd.systemctl('show', `lapstrake-${id}.scope`);
  return Object.fromEntries(stdout.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

test.skipIf(missing)('a container is a scope of systemd, with its limits, and goes with it', async () => {
  expect(await ok('info', '-f', '{{.CgroupDriver}}')).toBe('systemd');
  const id = await ok('run', '-d', '-m', '64m', '--pids-limit', '20', 'busybox', 'sleep', '1000');
  const limits = { MemoryLimit: `${64 * MIB}`, TasksMax: '20', Slice: 'system.slice' };
  expect(await unitOf(id)).toMatchObject({ ActiveState: 'active', ...limits });
  const group = `/system.slice/lapstrake-${id}.scope`;
  expect(await ok('exec', id, 'cat', '/proc/self/cgroup')).toContain(`memory:${group}`);
  const pid = await ok('inspect', '-f', '{{.State.Pid}}', id);
  expect(Number(pid)).toBeGreaterThan(0);
  expect(await ok('stats', '--no-stream', '--format', '{{.MemUsage}}', id)).toMatch(/ \/ 64MiB$/);
  await ok('update', '-m', '96m', '--memory-swap', '96m', id);
  expect((await unitOf(id)).MemoryLimit).toBe(`${96 * MIB}`);
  expect(await ok('stats', '--no-stream', '--format', '{{.MemUsage}}', id)).toMatch(/ \/ 96MiB$/);
  await ok('pause', id);
  await ok('unpause', id);
  await ok('rm', '-f', id);
  await expect.poll(async () => (await unitOf(id)).ActiveState).toBe('inactive');
});

test.skipIf(missing)('a limit that systemd keeps is one that bites', async () => {
  const { code } = await daemon.docker('run', '--name', 'eats', '-m', '16m', 'busybox', 'tail', '/dev/zero');
  expect(code).toBe(137);
  expect(await ok('inspect', '-f', '{{.State.OOMKilled}}', 'eats')).toBe('true');
  await ok('rm', 'eats');
});

test.skipIf(existsSync('/run/systemd/system'))('without systemd it cannot be the manager', async () => {
  await expect(startRealDaemon(['--cgroup-manager', 'systemd'])).rejects.toThrow(
    'systemd cannot make control groups here',
  );
});

test.skipIf(missing)('the parent of a group is a slice', async () => {
  const id = await ok('run', '-d', '--cgroup-parent', 'lap-test.slice', 'busybox', 'sleep', '1000');
  expect(await ok('exec', id, 'cat', '/proc/self/cgroup')).toContain(
    `memory:/lap.slice/lap-test.slice/lapstrake-${id}.scope`,
  );
  await ok('rm', '-f', id);
  const { code, stderr } = await daemon.docker('run', '--rm', '--cgroup-parent', 'mine', 'busybox', 'true');
  expect({ code, stderr }).toMatchObject({
    code: 125,
    stderr: expect.stringContaining('should be a valid slice named as "xxx.slice", not mine'),
  });
});
