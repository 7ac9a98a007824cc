import { dirname, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type RealDockerd, startRealDockerd } from '../harness/real-dockerd.ts';
import { contextFolder } from './build-context.ts';
import { type Launcher, type RealDaemon, startRealDaemon } from './real-daemon.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Starts a daemon in a container of Docker's that has no privilege: Docker's seccomp profile forbids it namespaces and mounts. */
function inContainerOf(docker: RealDockerd): Launcher {
  return async ({ args }, folder) => ({
    file: 'docker',
    args: [
      ...['-H', `unix://${docker.socket}`, 'run', '--rm', '--init', '--network', 'host'],
      ...['-v', `${folder}:${folder}`, '-v', `${ROOT}/node_modules:${ROOT}/node_modules:ro`],
      ...['-w', dirname(args[0] ?? ''), 'node:current-slim', 'node', ...args],
    ],
    env: process.env,
  });
}

describe('inside an unprivileged container of a real Docker', () => {
  let registry: BaseImages;
  let docker: RealDockerd;
  let daemon: RealDaemon;

  async function ok(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await daemon.docker(...args);
    expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout.trim();
  }

  /** The one that the daemon runs in. */
  const container = async (): Promise<string> => (await docker.docker('ps', '-q')).stdout.trim();

  beforeAll(async () => {
    registry = await prepareBaseImages({ images: ['busybox', 'node'], builtIn: true });
    docker = await startRealDockerd(registry.registryUrl);
    const pulled = await docker.docker('pull', '-q', 'node:current-slim');
    expect(pulled.stderr).toBe('');
    daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl], inContainerOf(docker));
    await ok('pull', '-q', 'busybox');
  });

  afterAll(async () => {
    const left = await daemon?.stop();
    await docker?.[Symbol.asyncDispose]();
    await registry?.stop();
    expect(left).toEqual([]);
  });

  test('the engine says that what is left is no isolation', async () => {
    expect(await ok('info', '--format', '{{.DefaultRuntime}} {{.Driver}}')).toBe('chroot vfs');
    const info = await daemon.docker('info');
    expect(info.stderr).toContain('WARNING: No isolation: containers can reach the processes and devices');
    expect((await daemon.lapstrake('doctor')).stdout).toContain('without isolation');
    const { stdout, stderr } = await daemon.docker('run', '--rm', 'busybox', 'echo', 'hello');
    expect(stdout).toBe('hello\n');
    expect(stderr).toContain('WARNING: This machine allows no isolation');
    const wanted = ['--read-only', '--hostname', 'boat', '--device', '/dev/null'];
    const told = await daemon.docker('run', '--rm', '-w', '/new', '--cap-add', 'MKNOD', ...wanted, 'busybox', 'pwd');
    expect(told.stdout).toBe('/new\n');
    for (const text of ['Read-only setting', 'Devices', 'Capability'])
      expect(told.stderr).toContain(`${text} discarded.`);
    expect(told.stderr).toContain('does not support host names');
    const names = ['--hostname', 'boat', '--domainname', 'sea.example'];
    expect(await ok('run', '--rm', ...names, 'busybox', 'grep', 'boat', '/etc/hosts')).toMatch(
      /\tboat.sea.example boat$/,
    );
  });

  test('a container has its own files, and ends as its process does', async () => {
    const { code } = await daemon.docker('run', '--name', 'own', 'busybox', 'sh', '-c', 'echo mine > /f; exit 7');
    expect(code).toBe(7);
    expect(await ok('diff', 'own')).toBe('A /f');
    expect((await daemon.docker('run', '--rm', 'busybox', 'cat', '/f')).code).toBe(1);
    await ok('rm', 'own');
  });

  test('exec, logs, kill and attach work on a running one', async () => {
    await ok('run', '-d', '--name', 'long', 'busybox', 'sh', '-c', 'echo started; exec sleep 1000');
    expect(await ok('exec', '-e', 'A=b', '-w', '/tmp', 'long', 'sh', '-c', 'echo $A in $PWD')).toBe('b in /tmp');
    await expect.poll(() => ok('logs', 'long')).toBe('started');
    expect(await ok('ps', '--format', '{{.Names}}')).toBe('long');
    await ok('exec', '-d', 'long', 'sleep', '98764.5');
    await expect.poll(() => ok('top', 'long')).toContain('sleep 98764.5');
    const joined = await daemon.docker('network', 'connect', 'bridge', 'long');
    expect(joined.stderr).toContain('container long shares the host’s network, and can be connected to no other');
    await ok('create', '--name', 'composed', 'busybox');
    for (const change of ['disconnect', 'connect']) await ok('network', change, 'bridge', 'composed');
    await ok('rm', 'composed');
    await ok('commit', 'long', 'as-it-ran');
    expect(daemon.log()).toContain('long is committed while it runs');
    await ok('kill', 'long');
    expect(await ok('wait', 'long')).toBe('137');
    // No pid namespace ends what was added.
    expect(await docker.docker('top', await container(), '-eo', 'pid,args')).toMatchObject({
      code: 0,
      stdout: expect.not.stringContaining('sleep 98764.5'),
    });
    await ok('rm', 'long');
  });

  test('what would need a mount is refused, and leaves no container', async () => {
    const { code, stderr } = await daemon.docker('run', '--rm', '-v', '/etc:/mnt', 'busybox', 'true');
    expect(code).not.toBe(0);
    expect(stderr).toContain('the chroot sandbox cannot mount /mnt');
    expect(await ok('ps', '-aq')).toBe('');
  });

  test('an image is built with COPY and RUN, and runs', async () => {
    await using context = await contextFolder({
      Dockerfile: 'FROM busybox\nCOPY f /g\nRUN cat /g > /h && id -u >> /h\nCMD cat /h\n',
      f: 'from the context\n',
    });
    expect(await ok('build', '-t', 'own', context.path)).toContain('Successfully tagged own:latest');
    expect(await ok('run', '--rm', 'own')).toBe('from the context\n0');
  });
});
