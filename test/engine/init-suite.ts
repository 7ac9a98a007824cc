import { expect, test } from 'vitest';
import type { RealDaemon } from './real-daemon.ts';

/** `docker run --init`: process 1 waits for orphans and passes signals on, however containers are shut in. */
export function testInit(sandbox: string, of: () => RealDaemon): void {
  async function ok(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await of().docker(...args);
    expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout.trim();
  }

  test('an init is the parent of all, and orphans leave no zombies', async () => {
    await ok(
      'run',
      '-d',
      '--init',
      '--name',
      'first',
      'busybox',
      'sh',
      '-c',
      'sh -c "true & true &"; echo up; sleep 1000',
    );
    expect(await ok('inspect', '-f', '{{.HostConfig.Init}} {{.Path}}', 'first')).toBe('true sh');
    await expect.poll(() => ok('logs', 'first')).toBe('up');
    const processes = async (): Promise<string[]> => {
      const [, ...lines] = (await ok('top', 'first', '-o', 'pid,stat,args')).split('\n');
      return lines.map((line) => line.trim().split(/\s+/).slice(1).join(' '));
    };
    await expect
      .poll(processes)
      .toEqual([expect.stringMatching(/^\S+ \/sbin\/docker-init -- sh -c/), expect.stringMatching(/^S\S* sleep 1000/)]);
    if (sandbox !== 'chroot') expect(await ok('exec', 'first', 'cat', '/proc/1/comm')).toBe('docker-init');
    await ok('rm', '-f', 'first');
  });

  test('signals reach the command of an init, and its end is the container’s', async () => {
    const script = 'trap "exit 9" TERM; echo up; while :; do sleep 0.05; done';
    await ok('run', '-d', '--init', '--user', '1000', '--read-only', '--name', 'told', 'busybox', 'sh', '-c', script);
    await expect.poll(() => ok('logs', 'told')).toBe('up');
    await ok('stop', 'told');
    expect(await ok('inspect', '-f', '{{.State.ExitCode}}', 'told')).toBe('9');
    // Without a handler, which process 1 would not survive without either.
    await ok('run', '-d', '--init', '--name', 'plain', 'busybox', 'sleep', '1000');
    await ok('stop', 'plain');
    expect(await ok('inspect', '-f', '{{.State.ExitCode}}', 'plain')).toBe('143');
    const missing = await of().docker('run', '--init', '--name', 'missing', 'busybox', 'no-such-program');
    expect(missing.code).toBe(127);
    expect(missing.stderr).toContain('exec no-such-program failed: No such file or directory');
    await ok('rm', 'told', 'plain', 'missing');
  });
}
