import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type RealDaemon, startRealDaemon } from '../engine/real-daemon.ts';

const MIB = 1024 * 1024;

/** A daemon in the machine, with busybox. */
export class MachineGround implements AsyncDisposable {
  private constructor(
    readonly daemon: RealDaemon,
    private readonly registry: BaseImages,
  ) {}

  static async start(...options: readonly string[]): Promise<MachineGround> {
    const registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
    const daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl, ...options]);
    const ground = new MachineGround(daemon, registry);
    await ground.ok('pull', '-q', 'busybox');
    return ground;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const left = await this.daemon.stop();
    await this.registry.stop();
    expect(left).toEqual([]);
  }

  /** Runs docker and gives what it printed; fails where docker did. */
  readonly ok = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await this.daemon.docker(...words);
    expect({ words, code, stderr: code === 0 ? '' : stderr }).toEqual({ words, code: 0, stderr: '' });
    return stdout.trim();
  };

  /** The folder of the control group in which the first process of a container is. */
  async groupOf(container: string): Promise<string> {
    const pid = await this.ok('inspect', '-f', '{{.State.Pid}}', container);
    const [, path = ''] = /^0::(.*)\n$/.exec(await readFile(`/proc/${pid}/cgroup`, 'utf8')) ?? [];
    return join('/sys/fs/cgroup', path);
  }

  /** Limits are in the kernel, change, bite and are told; pauses and figures are the kernel's. Leaves no container. */
  async holdLimits(): Promise<void> {
    const { ok } = this;
    const script = 'head -c 20000000 /dev/zero > /dev/shm/x; sleep 1000 & echo up; while :; do :; done';
    const limits = ['-m', '64m', '--memory-swap', '96m', '--cpus', '0.5', '--pids-limit', '20'];
    await ok('run', '-d', '--name', 'bound', ...limits, 'busybox', 'sh', '-c', script);
    const group = await this.groupOf('bound');
    const figure = async (file: string): Promise<string> => (await readFile(join(group, file), 'utf8')).trim();
    expect(await Promise.all(['memory.max', 'memory.swap.max', 'cpu.max', 'pids.max'].map(figure))).toEqual([
      ...[`${64 * MIB}`, `${32 * MIB}`, '50000 100000', '20'],
    ]);
    await expect.poll(() => ok('logs', 'bound')).toBe('up');
    expect(Number(await ok('exec', 'bound', 'sh', '-c', 'echo $$'))).toBeGreaterThan(1);
    const [before, text, after] = [
      await figure('memory.current'),
      await ok('stats', '--no-stream', '--format', '{{.MemUsage}} {{.PIDs}}', 'bound'),
      await figure('memory.current'),
    ];
    const [, used, pids] = /^([\d.]+)MiB \/ 64MiB (\d+)$/.exec(text) ?? [];
    expect(Number(used) * MIB).toBeGreaterThan(Math.min(Number(before), Number(after)) * 0.95);
    expect(Number(used) * MIB).toBeLessThan(Math.max(Number(before), Number(after)) * 1.05);
    expect(pids).toBe(await figure('pids.current'));
    await ok('update', '-m', '96m', '--memory-swap', '128m', 'bound');
    expect(await figure('memory.max')).toBe(`${96 * MIB}`);
    await ok('pause', 'bound');
    expect(await figure('cgroup.events')).toContain('frozen 1');
    await ok('unpause', 'bound');
    await this.#surviveDaemon('bound', group);
    await ok('rm', '-f', 'bound');
    await expect.poll(() => figure('cgroup.procs').catch((error: NodeJS.ErrnoException) => error.code)).toBe('ENOENT');
    const { code } = await this.daemon.docker('run', '--name', 'eats', '-m', '16m', 'busybox', 'tail', '/dev/zero');
    expect([code, await ok('inspect', '-f', '{{.State.OOMKilled}}', 'eats')]).toEqual([137, 'true']);
    await ok('rm', 'eats');
    const forks = 'for i in $(seq 30); do sleep 1 & done; wait';
    const { stderr } = await this.daemon.docker('run', '--rm', '--pids-limit', '20', 'busybox', 'sh', '-c', forks);
    expect(stderr).toContain("can't fork");
  }

  async #surviveDaemon(container: string, group: string): Promise<void> {
    await this.daemon.restart('SIGKILL');
    expect(await this.groupOf(container)).toBe(group);
    expect(await this.ok('exec', container, 'echo', 'still')).toBe('still');
    await this.ok('update', '-m', '80m', '--memory-swap', '112m', container);
    expect(await readFile(join(group, 'memory.max'), 'utf8')).toBe(`${80 * MIB}\n`);
  }
}
