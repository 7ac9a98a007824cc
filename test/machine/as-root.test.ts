// As root where systemd runs, with control groups of version 2 alone.
import { beforeAll, describe, expect, test } from 'vitest';
import { command } from '../engine/real-daemon.ts';
import { MachineGround } from './ground.ts';

describe.each(['runc', 'crun'])('%s', (runtime) => {
  let ground: MachineGround;

  beforeAll(async () => {
    ground = await MachineGround.start('--sandbox', runtime);
    return () => ground[Symbol.asyncDispose]();
  });

  const show = async (id: string, ...names: readonly string[]): Promise<string> =>
    (await command('systemctl', ['show', `lapstrake-${id}.scope`, ...names.map((name) => `--property=${name}`)]))
      .stdout;

  test('systemd makes the groups without being asked for, and limits bite', async () => {
    expect(await ground.ok('info', '-f', '{{.CgroupDriver}} {{.CgroupVersion}}')).toBe('systemd 2');
    const id = await ground.ok('run', '-d', '-m', '64m', '--pids-limit', '20', 'busybox', 'sleep', '1000');
    expect(await ground.groupOf(id)).toBe(`/sys/fs/cgroup/system.slice/lapstrake-${id}.scope`);
    expect(await show(id, 'Slice')).toBe('Slice=system.slice\n');
    // crun writes limits into the group, and tells systemd nothing of them.
    const told = runtime === 'runc' ? ['MemoryMax=67108864', 'TasksMax=20'] : ['MemoryMax=infinity', expect.anything()];
    expect((await show(id, 'MemoryMax', 'TasksMax')).trim().split('\n').sort()).toEqual(told);
    await ground.ok('rm', '-f', id);
    await expect.poll(() => show(id, 'LoadState')).toBe('LoadState=not-found\n');
    await ground.holdLimits();
  });

  test('that memory ran out while there was no daemon is known to the next one', async () => {
    const script = 'until [ -e /tmp/go ]; do sleep 0.1; done; exec tail /dev/zero';
    const id = await ground.ok('run', '-d', '-m', '16m', 'busybox', 'sh', '-c', script);
    const pid = await ground.ok('inspect', '-f', '{{.State.Pid}}', id);
    await ground.daemon.restart('SIGKILL', async () => {
      expect((await command('touch', [`/proc/${pid}/root/tmp/go`])).code).toBe(0);
      // The scope goes with its last process: by then the kernel's own count is lost.
      await expect.poll(() => show(id, 'LoadState')).toBe('LoadState=not-found\n');
    });
    expect(await ground.ok('inspect', '-f', '{{.State.ExitCode}} {{.State.OOMKilled}}', id)).toBe('137 true');
    await ground.ok('rm', id);
  });

  test('devices are had by rule only', async () => {
    const script = 'mknod /tmp/own c 240 7; mknod /tmp/kmsg c 1 11; head -c 1 /tmp/own; cat /tmp/kmsg';
    const tried = async (...rule: string[]) =>
      (await ground.daemon.docker('run', '--rm', ...rule, 'busybox', 'sh', '-c', script)).stderr.trim().split('\n');
    expect(await tried()).toEqual([expect.stringMatching(/own: .*not permitted/), expect.stringMatching(/kmsg/)]);
    // There is no such device: it may be opened, but for that.
    expect(await tried('--device-cgroup-rule', 'c 240:* r')).toEqual([
      ...[expect.stringMatching(/own: No such device/), expect.stringMatching(/kmsg.*not permitted/)],
    ]);
  });
});
