import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { testLimits } from './limits-suite.ts';
import { testLogs } from './logs-suite.ts';
import { okay } from './okay.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

// What containers get and share: logs, limits, namespaces, files, ports, and what of it a daemon's sudden end leaves.

const run = promisify(execFile);
let registry: BaseImages;
let daemon: RealDaemon;
let folder: string;

const ok = async (...args: readonly string[]): Promise<string> => okay(await daemon.docker(...args));
const shared = (): string => join(folder, 'tree');
const once = (...args: readonly string[]): Promise<string> => ok('run', '--rm', ...args);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-sharing-'));
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  // Only mounts that are shared on the host, and were there before the daemon, are passed on wherever this runs.
  await mkdir(join(shared(), 'below'), { recursive: true });
  await run('mount', ['--bind', shared(), shared()]);
  await run('mount', ['--make-shared', shared()]);
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  await ok('pull', 'busybox');
});

afterAll(async () => {
  const left = await daemon?.stop();
  await registry?.stop();
  await run('umount', ['-R', shared()]);
  await rm(folder, { recursive: true, force: true });
  expect(left).toEqual([]);
});

// Here, because a daemon stands already.
testLogs(() => daemon);
testLimits(() => daemon);

test('processes, IPC and shared memory of another container', async () => {
  await ok('run', '-d', '--name', 'donor', '--ipc', 'shareable', '--shm-size', '1m', 'busybox', 'sleep', '1234');
  expect(await once('--pid', 'container:donor', 'busybox', 'ps', '-o', 'pid,args')).toMatch(/^ *1 sleep 1234$/m);
  await ok('exec', 'donor', 'sh', '-c', 'echo shared > /dev/shm/x');
  const script = 'cat /dev/shm/x; readlink /proc/self/ns/ipc; echo back > /dev/shm/y';
  const [text, namespace] = (await once('--ipc', 'container:donor', 'busybox', 'sh', '-c', script)).split('\n');
  expect(text).toBe('shared');
  expect(namespace).toBe(await ok('exec', 'donor', 'readlink', '/proc/self/ns/ipc'));
  expect(await ok('exec', 'donor', 'cat', '/dev/shm/y')).toBe('back');
  await ok('rm', '-f', 'donor');
  await ok('run', '-d', '--name', 'donor', 'busybox', 'sleep', '1000');
  const refused = await daemon.docker('run', '--rm', '--ipc', 'container:donor', 'busybox', 'true');
  expect(refused.stderr).toContain('non-shareable IPC');
  expect(await once('--ipc', 'host', 'busybox', 'readlink', '/proc/self/ns/ipc')).toBe(
    (await run('readlink', ['/proc/self/ns/ipc'])).stdout.trim(),
  );
  const none = await daemon.docker('run', '--rm', '--pid', 'container:nobody', 'busybox', 'true');
  expect(none.stderr).toContain('No such container: nobody');
  await ok('rm', '-f', 'donor');
});

test('volumes of another container, writable or not', async () => {
  await mkdir(join(folder, 'bound'));
  const volumes = ['-v', 'named:/named', '-v', '/anonymous', '-v', `${join(folder, 'bound')}:/bound:ro`];
  await ok('run', '--name', 'owner', ...volumes, 'busybox', 'sh', '-c', 'echo one > /named/x; echo two > /anonymous/x');
  const touch = 'cat /named/x /anonymous/x; touch /named/y && echo wrote; touch /bound/y || echo refused';
  const all = await daemon.docker('run', '--rm', '--volumes-from', 'owner', 'busybox', 'sh', '-c', touch);
  expect(all.stdout).toBe('one\ntwo\nwrote\nrefused\n');
  const only = await daemon.docker('run', '--rm', '--volumes-from', 'owner:ro', 'busybox', 'sh', '-c', touch);
  expect(only.stdout).toBe('one\ntwo\nrefused\n');
  expect(only.stderr).toContain('Read-only file system');
  const bad = await daemon.docker('create', '--volumes-from', 'owner:sometimes', 'busybox');
  expect(bad.stderr).toContain('invalid mode: sometimes');
  // What has no name goes with the last of those who have it.
  const anonymous = async () => (await ok('volume', 'ls', '-q')).match(/^[0-9a-f]{64}$/gm)?.length ?? 0;
  await ok('create', '--name', 'heir', '--volumes-from', 'owner', 'busybox');
  await ok('rm', '-v', 'owner');
  expect(await anonymous()).toBe(1);
  await ok('rm', '-v', 'heir');
  expect(await anonymous()).toBe(0);
  await ok('volume', 'rm', 'named');
});

test('a volume takes the places of what is mounted in /etc from the image, and a link to nothing is no folder', async () => {
  expect(await once('-v', 'settings:/etc:ro', 'busybox', 'cat', '/etc/hostname')).toMatch(/^[0-9a-f]{12}$/);
  await ok('volume', 'rm', 'settings');
  const link = join(folder, 'link');
  await symlink('nothing', link);
  const { code, stderr } = await daemon.docker('run', '--rm', '-v', `${link}:/x`, 'busybox', 'true');
  expect({ code, stderr }).toMatchObject({ code: 125, stderr: expect.stringContaining(`mkdir ${link}: file exists`) });
});

test('what the host mounts later shows where the bind says so', async () => {
  const source = shared();
  const bind = (to: string, more: string): string[] => ['-v', `${source}:${to}${more}`];
  const binds = [...bind('/slave', ':rslave'), ...bind('/private', '')];
  await ok('run', '-d', '--name', 'looks', ...binds, 'busybox', 'sleep', '1000');
  const mounts = await ok('inspect', '-f', '{{range .Mounts}}{{.Destination}}={{.Propagation}} {{end}}', 'looks');
  // The command line sends them in any order.
  expect(mounts.split(' ').sort()).toEqual(['/private=rprivate', '/slave=rslave']);
  await run('mount', ['-t', 'tmpfs', 'tmpfs', join(source, 'below')]);
  await writeFile(join(source, 'below', 'late'), 'x');
  expect(await ok('exec', 'looks', 'ls', '/slave/below')).toBe('late');
  expect(await ok('exec', 'looks', 'ls', '/private/below')).toBe('');
  await ok('rm', '-f', 'looks');
  const bad = await daemon.docker('create', ...bind('/x', ':sideways'), 'busybox');
  expect(bad.stderr).toContain('invalid mode: sideways');
});

test('limits of resources, settings of the kernel and further groups', async () => {
  const options = ['--ulimit', 'nofile=100:200', '--ulimit', 'core=0', '--sysctl', 'net.core.somaxconn=77'];
  const groups = ['--user', '1000:1001', '--group-add', '999', '--group-add', 'tty'];
  const script = 'ulimit -n; ulimit -Hn; ulimit -c; cat /proc/sys/net/core/somaxconn; id -G';
  const out = (await once(...options, ...groups, 'busybox', 'sh', '-c', script)).split('\n');
  expect(out.slice(0, 4)).toEqual(['100', '200', '0', '77']);
  expect(out[4]?.split(' ').sort()).toEqual(['1001', '5', '999']);
  for (const [option, value, message] of [
    ['--sysctl', 'kernel.core_pattern=x', 'kernel.core_pattern'],
    ['--ulimit', 'nofile=9:3', 'ulimit'],
    ['--group-add', 'nobody-here', 'unable to find group nobody-here'],
    ['--gpus', 'all', 'could not select device driver'],
  ] as const) {
    const { code, stderr } = await daemon.docker('run', '--rm', option, value, 'busybox', 'true');
    expect({ code: code === 0, stderr }).toMatchObject({ code: false, stderr: expect.stringContaining(message) });
  }
});

test('an exec has its own rights, folder, variables and user', async () => {
  await ok('run', '-d', '--name', 'base', '-e', 'A=1', '-w', '/etc', 'busybox', 'sleep', '1000');
  const show = 'id -u; id -g; pwd; echo $A $B; grep CapEff /proc/self/status';
  expect(await ok('exec', 'base', 'sh', '-c', show)).toMatch(/^0\n0\n\/etc\n1\nCapEff:\t00000000a80425fb$/);
  const other = await ok('exec', '-u', '1000:7', '-w', '/tmp', '-e', 'A=2', '-e', 'B=3', 'base', 'sh', '-c', show);
  expect(other).toMatch(/^1000\n7\n\/tmp\n2 3\nCapEff:\t0{16}$/);
  const privileged = await ok('exec', '--privileged', 'base', 'sh', '-c', show);
  const bits = BigInt(`0x${/CapEff:\t(\w+)/.exec(privileged)?.[1]}`);
  // CAP_SYS_ADMIN is the 21st.
  expect((bits >> 21n) & 1n).toBe(1n);
  const missing = await daemon.docker('exec', '-w', '/nowhere', 'base', 'true');
  expect(missing.code).not.toBe(0);
  const [titles, ...rows] = (await ok('top', 'base', '-o', 'pid,user,args')).split('\n');
  expect(titles).toMatch(/^PID +USER +COMMAND$/);
  expect(rows).toEqual([expect.stringMatching(/^\d+ +root +sleep 1000$/)]);
  expect(await ok('top', 'base')).toMatch(/^UID +PID +PPID/);
  const bad = await daemon.docker('top', 'base', '-o', 'user');
  expect(bad.stderr).toContain("Couldn't find PID field in ps output");
  const odd = await daemon.docker('top', 'base', '-o', 'odd');
  expect(odd.stderr).toMatch(/^Error response from daemon: ps: error: unknown user-defined format specifier "odd"\n$/);
  await ok('rm', '-f', 'base');
});

test('the first free port of a range is published, on the addresses that are asked for', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const address = holder.address();
  const first = typeof address === 'object' && address !== null ? address.port : 0;
  const range = `${first}-${first + 50}`;
  const serve = ['busybox', 'sh', '-c', 'mkdir /w; echo here > /w/x; httpd -f -p 80 -h /w'];
  await ok(
    'run',
    '-d',
    '--name',
    'ranged',
    '-p',
    `127.0.0.1:${range}:80`,
    '-p',
    '[::1]::80',
    '-p',
    '127.0.0.1::53/udp',
    ...serve,
  );
  const [four = '', six = ''] = (await ok('port', 'ranged', '80')).split('\n');
  const chosen = Number(four.split(':').at(-1));
  expect(four).toBe(`127.0.0.1:${chosen}`);
  expect(chosen).toBeGreaterThan(first);
  expect(chosen).toBeLessThanOrEqual(first + 50);
  expect(six).toMatch(/^\[::1\]:\d+$/);
  expect(await ok('port', 'ranged', '53/udp')).toMatch(/^127\.0\.0\.1:\d+$/);
  for (const where of [four, six]) {
    await expect
      .poll(() =>
        fetch(`http://${where}/x`).then(
          (answer) => answer.text(),
          () => '',
        ),
      )
      .toBe('here\n');
  }
  expect(await ok('ps', '-q', '--filter', `publish=${range}`)).not.toBe('');
  expect(await ok('ps', '-q', '--filter', `publish=${first}`)).toBe('');
  const full = await daemon.docker('run', '--rm', '-p', `127.0.0.1:${first}-${first}:80`, ...serve);
  expect(full.stderr).toContain('port is already allocated');
  await ok('rm', '-f', 'ranged');
  await new Promise((resolve) => holder.close(resolve));
});

test.each([
  [['--subnet', '10.99.0.0/24', '--subnet', '10.98.0.0/24'], 'cannot have several subnets of one IP version'],
  [['--subnet', '10.99.0.0/25'], 'Pool overlaps with other one on this address space'],
])('a network with %j is refused, and none is made instead', async (options, message) => {
  await ok('network', 'create', '--subnet', '10.99.0.0/16', 'first');
  const { code, stderr } = await daemon.docker('network', 'create', ...options, 'wide');
  await ok('network', 'rm', 'first');
  expect({ failed: code !== 0, stderr }).toMatchObject({ failed: true, stderr: expect.stringContaining(message) });
  expect(await ok('network', 'ls', '-q', '--filter', 'name=wide')).toBe('');
});

test('a network gives addresses of its range, and none that is somebody else’s', async () => {
  const range = ['--subnet', '10.99.0.0/16', '--ip-range', '10.99.5.0/24', '--gateway', '10.99.5.1'];
  await ok('network', 'create', ...range, '--aux-address', 'router=10.99.5.2', 'ranged');
  const [config] = JSON.parse(await ok('network', 'inspect', '-f', '{{json .IPAM.Config}}', 'ranged'));
  expect(config).toEqual({
    ...{ Subnet: '10.99.0.0/16', IPRange: '10.99.5.0/24', Gateway: '10.99.5.1' },
    AuxiliaryAddresses: { router: '10.99.5.2' },
  });
  const address = (...options: string[]) =>
    ok('run', '--rm', '--network', 'ranged', ...options, 'busybox', 'sh', '-c', 'ip -4 -o addr show eth0');
  expect(await address()).toContain('10.99.5.0/16');
  expect(await address('--ip', '10.99.7.7')).toContain('10.99.7.7/16');
  await ok('network', 'rm', 'ranged');
  const { stderr } = await daemon.docker(
    'network',
    'create',
    '--subnet',
    '10.99.0.0/16',
    '--gateway',
    '10.1.0.1',
    'off',
  );
  expect(stderr).toContain('10.1.0.1');
  expect(await ok('network', 'ls', '-q', '--filter', 'name=off')).toBe('');
});

test('prune takes what its filters name', async () => {
  for (const [name, label] of [
    ['one', 'team=blue'],
    ['two', 'team=red'],
    ['three', 'keep=yes'],
  ] as const) {
    await ok('create', '--name', name, '--label', label, 'busybox');
    await ok('network', 'create', '--label', label, `net-${name}`);
    await ok('volume', 'create', '--label', label, `vol-${name}`);
  }
  const names = async (): Promise<string[]> =>
    (await ok('ps', '-a', '--format', '{{.Names}}'))
      .split('\n')
      .filter((name) => name !== '')
      .sort();
  await ok('container', 'prune', '-f', '--filter', 'until=10m');
  expect(await names()).toEqual(['one', 'three', 'two']);
  await ok('container', 'prune', '-f', '--filter', 'label=team=blue');
  expect(await names()).toEqual(['three', 'two']);
  await ok('container', 'prune', '-f', '--filter', 'label!=keep', '--filter', 'until=1ms');
  expect(await names()).toEqual(['three']);
  await ok('network', 'prune', '-f', '--filter', 'until=1h');
  await ok('network', 'prune', '-f', '--filter', 'label!=keep');
  expect(await ok('network', 'ls', '-q', '--filter', 'type=custom')).toMatch(/^\w{12}$/);
  expect(await ok('volume', 'prune', '-af', '--filter', 'label=team')).toContain('vol-two');
  expect(await ok('volume', 'ls', '-q')).toBe('vol-three');
  for (const [kind, filter, message] of [
    ['container', 'until=soon', 'until=soon'],
    ['network', 'name=x', "invalid filter 'name'"],
    ['volume', 'until=1h', "invalid filter 'until'"],
  ] as const) {
    const { code, stderr } = await daemon.docker(kind, 'prune', '-f', '--filter', filter);
    expect({ failed: code !== 0, stderr }).toMatchObject({ failed: true, stderr: expect.stringContaining(message) });
  }
  await ok('rm', 'three');
  await ok('network', 'rm', 'net-three');
  await ok('volume', 'rm', 'vol-three');
});

test('a killed daemon’s containers keep names and health, and policies decide what is started again', async () => {
  await ok('network', 'create', 'crew');
  const check = ['--health-cmd', 'test ! -e /sick', '--health-interval', '100ms', '--health-retries', '1'];
  await ok('run', '-d', '--name', 'mate', '--network', 'crew', ...check, 'busybox', 'sleep', '1000');
  await ok('run', '-d', '--name', 'cook', '--network', 'crew', '--network-alias', 'galley', 'busybox', 'sleep', '1000');
  for (const policy of ['always', 'unless-stopped', 'no']) {
    await ok('run', '-d', '--name', `was-${policy}`, '--restart', policy, 'busybox', 'sleep', '1000');
    await ok('stop', '-t', '0', `was-${policy}`);
  }
  const health = (): Promise<string> => ok('inspect', '-f', '{{.State.Health.Status}}', 'mate');
  await expect.poll(health).toBe('healthy');
  await daemon.restart('SIGKILL');
  expect(await ok('exec', 'mate', 'ping', '-c1', 'galley')).toContain('1 packets received');
  expect(await ok('exec', 'cook', 'ping', '-c1', 'mate.crew')).toContain('1 packets received');
  // A container that comes now is known to those that were there before.
  await ok('run', '-d', '--name', 'new', '--network', 'crew', 'busybox', 'sleep', '1000');
  expect(await ok('exec', 'mate', 'ping', '-c1', 'new')).toContain('1 packets received');
  expect(await health()).toBe('healthy');
  await ok('exec', 'mate', 'touch', '/sick');
  await expect.poll(health).toBe('unhealthy');
  const running = (name: string): Promise<string> => ok('inspect', '-f', '{{.State.Running}}', name);
  expect(await running('was-always')).toBe('true');
  expect(await running('was-unless-stopped')).toBe('false');
  expect(await running('was-no')).toBe('false');
  await ok('rm', '-f', 'mate', 'cook', 'new', 'was-always', 'was-unless-stopped', 'was-no');
  await ok('network', 'rm', 'crew');
});
