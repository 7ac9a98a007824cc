// As an ordinary user with a systemd of the user's own, to which control groups are delegated.
import { expect, test } from 'vitest';
import { command } from '../engine/real-daemon.ts';
import { MachineGround } from './ground.ts';

const SCOPE = /\/user@\d+\.service\/app\.slice\/lapstrake-engine-\d+\.scope\/lapstrake\/[0-9a-f]{64}$/;

test.each(['runc', 'crun', 'namespaces'])('limits of the %s sandbox bite', async (sandbox) => {
  {
    await using ground = await MachineGround.start('--sandbox', sandbox);
    expect(process.getuid?.()).not.toBe(0);
    expect(await ground.ok('info', '-f', '{{.CgroupDriver}} {{.MemoryLimit}} {{.PidsLimit}}')).toBe(
      'cgroupfs true true',
    );
    const id = await ground.ok('run', '-d', 'busybox', 'sleep', '1000');
    expect(await ground.groupOf(id)).toMatch(SCOPE);
    await ground.ok('rm', '-f', id);
    await ground.holdLimits();
    const { stderr } = await ground.daemon.docker('create', '--name', 'wide', '--blkio-weight', '300', 'busybox');
    expect(stderr).toContain('Weight discarded');
    await ground.ok('rm', 'wide');
  }
  const units = (): Promise<string> =>
    command('systemctl', ['--user', 'list-units', '--all', '--no-legend', 'lapstrake-*']).then(({ stdout }) => stdout);
  await expect.poll(units).toBe('');
});
