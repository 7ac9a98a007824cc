import { access, readdir, readFile, rmdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type CgroupMounts, findCgroupMounts } from '../../runtime/os/cgroup-mounts.ts';
import { ask } from './engine-state.ts';
import type { RealDaemon } from './real-daemon.ts';

/** For what another hierarchy may have at the same place. */
function unlessMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}

/** Limits of containers: in the kernel's own files, changed while they run, and what stats say of them. */
export function testLimits(of: () => RealDaemon): void {
  const MIB = 1024 * 1024;
  let mounts: CgroupMounts;

  async function ok(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await of().docker(...args);
    expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout.trim();
  }

  beforeAll(async () => {
    mounts = await findCgroupMounts();
  });

  type Controller = 'memory' | 'cpu' | 'cpuacct' | 'cpuset' | 'pids' | 'blkio';

  /** The folder of a running container's group, whoever made it. */
  async function groupOf(name: string, controller: Controller): Promise<string> {
    if (mounts.version === 0) throw new Error('this machine has no control groups');
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', name);
    const wanted = mounts.version === 2 ? '' : controller;
    const lines = (await readFile(`/proc/${pid}/cgroup`, 'utf8')).split('\n').map((line) => line.split(':'));
    const path = lines.find(([, names = '']) => names.split(',').includes(wanted))?.[2] ?? '';
    return join(mounts.version === 2 ? mounts.path : (mounts.paths.get(controller) ?? ''), path);
  }

  /** A control file of a container's group: by its name on cgroup v1, or on v2. */
  async function control(name: string, controller: Controller, one: string, two: string): Promise<string> {
    return (await readFile(join(await groupOf(name, controller), mounts.version === 2 ? two : one), 'utf8')).trim();
  }

  async function figures(name: string): Promise<Record<string, string>> {
    const [memory, soft, cpus, pids, quota] = await Promise.all([
      control(name, 'memory', 'memory.limit_in_bytes', 'memory.max'),
      control(name, 'memory', 'memory.soft_limit_in_bytes', 'memory.low'),
      control(name, 'cpuset', 'cpuset.cpus', 'cpuset.cpus'),
      control(name, 'pids', 'pids.max', 'pids.max'),
      control(name, 'cpu', 'cpu.cfs_quota_us', 'cpu.max'),
    ]);
    return { memory, soft, cpus, pids, quota: quota.split(' ')[0] ?? '' };
  }

  test('limits are in the kernel, and change while a container runs', async () => {
    const last = String(cpus().length - 1);
    const memory = ['-m', '64m', '--memory-swap', '96m', '--memory-reservation', '32m'];
    const rest = ['--cpus', '0.5', '--cpu-shares', '512', '--cpuset-cpus', '0', '--pids-limit', '50'];
    await ok('run', '-d', '--name', 'bound', ...memory, ...rest, 'busybox', 'sleep', '1000');
    const before = { memory: String(64 * MIB), soft: String(32 * MIB), cpus: '0', pids: '50', quota: '50000' };
    expect(await figures('bound')).toEqual(before);
    const swap = await control('bound', 'memory', 'memory.memsw.limit_in_bytes', 'memory.swap.max');
    expect(Number(swap)).toBe((mounts.version === 2 ? 32 : 96) * MIB);
    const smaller = ['-m', '48m', '--memory-swap', '48m', '--memory-reservation', '24m'];
    await ok('update', ...smaller, '--cpus', '1', '--cpuset-cpus', last, '--pids-limit', '-1', 'bound');
    const after = { memory: String(48 * MIB), soft: String(24 * MIB), cpus: last, pids: 'max', quota: '100000' };
    expect(await figures('bound')).toEqual(after);
    const larger = await of().docker('update', '-m', '64m', 'bound');
    expect(larger.stderr).toContain('Memory limit should be smaller than already set memoryswap limit');
    expect(await figures('bound')).toEqual(after);
    await ok('rm', '-f', 'bound');
  });

  test('block I/O has its weight and its limits where the kernel has them, else a warning', async () => {
    const names = await readdir('/sys/block');
    const there = await Promise.all(
      names.map((name) =>
        access(`/dev/${name}`).then(
          () => true,
          () => false,
        ),
      ),
    );
    const device = names.find((_, index) => there[index]);
    expect(device).toBeDefined();
    const number = (await readFile(`/sys/block/${device}/dev`, 'utf8')).trim();
    const options = [
      '--blkio-weight',
      '300',
      '--blkio-weight-device',
      `/dev/${device}:500`,
      '--device-read-bps',
      `/dev/${device}:1mb`,
      '--device-write-iops',
      `/dev/${device}:7`,
    ];
    const { stdout, stderr, code } = await of().docker(
      'run',
      '-d',
      '--name',
      'slow',
      ...options,
      'busybox',
      'sleep',
      '1000',
    );
    expect({ code, id: stdout.trim() }).toMatchObject({ code: 0, id: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const can =
      mounts.version === 1 ? mounts.blockIo : { weight: mounts.version === 2, throttle: mounts.version === 2 };
    if (can.throttle) {
      const speed = await control('slow', 'blkio', 'blkio.throttle.read_bps_device', 'io.max');
      expect(speed).toContain(mounts.version === 2 ? `${number} rbps=1048576` : `${number} 1048576`);
      const operations = await control('slow', 'blkio', 'blkio.throttle.write_iops_device', 'io.max');
      expect(operations).toMatch(mounts.version === 2 ? /wiops=7/ : `${number} 7`);
    } else expect(stderr).toContain('Block I/O limit discarded');
    if (!can.weight) expect(stderr).toContain('Weight discarded');
    else if (mounts.version === 1) {
      const weight = (): Promise<string> => control('slow', 'blkio', 'blkio.bfq.weight', 'io.weight');
      expect(await weight()).toMatch(/\b300$/);
      const scheduler = await readFile(`/sys/block/${device}/queue/scheduler`, 'utf8');
      if (scheduler.includes('[bfq]')) {
        expect(await control('slow', 'blkio', 'blkio.bfq.weight_device', 'io.weight')).toContain(`${number} 500`);
      } else expect(stderr).toContain('Weight-device discarded');
      await ok('update', '--blkio-weight', '400', 'slow');
      expect(await weight()).toMatch(/\b400$/);
    }
    await ok('rm', '-f', 'slow');
    const absent = await of().docker('run', '--rm', '--device-read-bps', '/dev/none:1mb', 'busybox', 'true');
    expect(can.throttle ? absent.stderr : '/dev/none: no such file').toContain('/dev/none: no such file');
  });

  test('a container may have rules of its own for devices, where there are any, else a warning', async () => {
    const script = 'mknod /tmp/own c 240 7 && head -c 1 /tmp/own; mknod /tmp/kmsg c 1 11 && cat /tmp/kmsg';
    const tried = (...rules: string[]) =>
      of().docker(
        'run',
        '--rm',
        ...rules.flatMap((rule) => ['--device-cgroup-rule', rule]),
        'busybox',
        'sh',
        '-c',
        script,
      );
    const without = await tried();
    const { stderr } = await tried('c 240:* r');
    if (stderr.includes('Device rules discarded')) return;
    expect(without.stderr).toMatch(/head: .*Operation not permitted\ncat: .*Operation not permitted/);
    // There is no such device: it may be opened, but for that.
    expect(stderr).toMatch(/head: .*No such device or address\ncat: .*Operation not permitted/);
    const { status, text } = await ask(of(), 'POST', '/containers/create', {
      json: { Image: 'busybox', HostConfig: { DeviceCgroupRules: ['b 7'] } },
    });
    expect({ status, text }).toEqual({
      status: 400,
      text: expect.stringContaining("invalid device cgroup rule format: 'b 7'"),
    });
  });

  test('the control group is below the wanted one, also for a later daemon', async () => {
    const slices = (await ok('info', '-f', '{{.CgroupDriver}}')) === 'systemd';
    const parent = slices ? 'lap-test.slice' : 'lapstrake-test/own';
    const options = ['--cgroup-parent', parent, '-m', '64m'];
    const { stdout, stderr, code } = await of().docker('run', '-d', ...options, 'busybox', 'sleep', '1000');
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const id = stdout.trim();
    if (mounts.version === 0) throw new Error('this machine has no control groups');
    const all = mounts.version === 2 ? [mounts.path] : [...new Set([...mounts.paths.values(), ...mounts.named])];
    const folder = await groupOf(id, 'memory');
    expect(folder).toContain(slices ? `/lap.slice/${parent}/lapstrake-${id}.scope` : `/${parent}/${id}`);
    const limit = await readFile(join(folder, mounts.version === 2 ? 'memory.max' : 'memory.limit_in_bytes'), 'utf8');
    expect(limit.trim()).toBe(String(64 * MIB));
    await of().restart('SIGKILL');
    expect(await ok('inspect', '-f', '{{.State.Running}}', id)).toBe('true');
    await ok('rm', '-f', id);
    await expect(access(folder)).rejects.toThrow('ENOENT');
    // As with dockerd, what was named stays.
    for (const each of all) {
      for (const name of ['lapstrake-test/own', 'lapstrake-test']) await rmdir(join(each, name)).catch(unlessMissing);
    }
  });

  test('without IPC there is no /dev/shm', async () => {
    expect(
      await ok('run', '--rm', '--ipc', 'none', 'busybox', 'sh', '-c', 'ls /dev; grep shm /proc/mounts; echo'),
    ).not.toMatch(/\bshm\b/);
    expect(await ok('run', '--rm', 'busybox', 'ls', '/dev')).toMatch(/\bshm\b/);
  });

  test.each([
    [['-m', '4m'], 'Minimum memory limit allowed is 6MB'],
    [['-m', '32m', '--memory-swap', '16m'], 'Minimum memoryswap limit should be larger than memory limit'],
    [['-m', '32m', '--memory-reservation', '64m'], 'can not be less than memory reservation limit'],
    [['--memory-reservation', '1m'], 'Minimum memory reservation allowed is 6MB'],
    [['--memory-swappiness', '101'], 'valid memory swappiness range is 0-100'],
    [['--cpus', '1000'], 'Range of CPUs is from 0.01'],
    [['--cpu-period', '10'], 'CPU cfs period can not be less than 1ms'],
    [['--cpu-quota', '10'], 'CPU cfs quota can not be less than 1ms'],
    [['--cpuset-cpus', '0-x'], 'Invalid value 0-x for cpuset cpus'],
    [['--cpuset-cpus', '4000'], 'Requested CPUs are not available'],
    [['--blkio-weight', '5'], 'Range of blkio weight is from 10 to 1000'],
  ])('%j is refused', async (options, message) => {
    const { code, stderr } = await of().docker('create', ...options, 'busybox');
    expect(code).not.toBe(0);
    expect(stderr.toLowerCase()).toContain(message.toLowerCase());
  });

  interface Stats {
    readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } };
    readonly memory_stats: { readonly usage: number; readonly limit: number };
    readonly pids_stats: { readonly current: number };
  }

  test('stats are what the control group says, within one in twenty', async () => {
    // Some memory that stays, some processes, and one that is busy.
    const script = 'head -c 20000000 /dev/zero > /dev/shm/x; sleep 1000 & sleep 1000 & echo up; while :; do :; done';
    await ok('run', '-d', '--name', 'busy', '-m', '256m', 'busybox', 'sh', '-c', script);
    await expect.poll(() => ok('logs', 'busy')).toBe('up');
    const cpu = async (): Promise<number> => {
      const text = await control('busy', 'cpuacct', 'cpuacct.usage', 'cpu.stat');
      return mounts.version === 2 ? Number(/usage_usec (\d+)/.exec(text)?.[1]) * 1000 : Number(text);
    };
    const memory = async (): Promise<number> =>
      Number(await control('busy', 'memory', 'memory.usage_in_bytes', 'memory.current'));
    const first = { cpu: await cpu(), memory: await memory() };
    const stats: Stats = JSON.parse((await ask(of(), 'GET', '/containers/busy/stats?stream=0&one-shot=1')).text);
    const second = { cpu: await cpu(), memory: await memory() };
    const { total_usage: used } = stats.cpu_stats.cpu_usage;
    expect(used).toBeGreaterThanOrEqual(first.cpu * 0.95);
    expect(used).toBeLessThanOrEqual(second.cpu * 1.05);
    expect(stats.memory_stats.usage).toBeGreaterThan(20_000_000);
    expect(stats.memory_stats.usage).toBeGreaterThanOrEqual(Math.min(first.memory, second.memory) * 0.95);
    expect(stats.memory_stats.usage).toBeLessThanOrEqual(Math.max(first.memory, second.memory) * 1.05);
    expect(stats.memory_stats.limit).toBe(256 * MIB);
    expect(stats.pids_stats.current).toBe(Number(await control('busy', 'pids', 'pids.current', 'pids.current')));
    await ok('rm', '-f', 'busy');
  });
}
