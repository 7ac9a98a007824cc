import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { busyboxDaemon } from './busybox-daemon.ts';
import { okay } from './okay.ts';
import { command, type RealDaemon, startRealDaemon } from './real-daemon.ts';

// A daemon on the data of an earlier one, and one on data that it cannot read. That today's daemon understands the first
// keeper is in runtime/keeper/keeper.test.ts.

const FIRST_ROOT = join(import.meta.dirname, 'first-root/root.tar.gz');

const { daemon, ok } = busyboxDaemon();

/** A daemon on the root of the first daemon with keepers. */
function startOnFirstRoot(): Promise<RealDaemon> {
  return startRealDaemon(['--storage', 'overlay'], async (launch, folder) => {
    const root = join(folder, 'root');
    for (const words of [
      ['mkdir', '-m', '0700', root],
      ['tar', '-xzf', FIRST_ROOT, '-C', root],
    ] as const) {
      expect(await command(words[0], words.slice(1))).toMatchObject({ code: 0, stderr: '' });
    }
    for (const below of ['records', 'networks/attached']) {
      for (const name of await readdir(join(root, below))) {
        const path = join(root, below, name);
        await writeFile(path, (await readFile(path, 'utf8')).replaceAll('@ROOT@', root));
      }
    }
    return launch;
  });
}

test('what the first daemon left is all there, and of use', async () => {
  await using first = await startOnFirstRoot();
  const docker = async (...args: readonly string[]): Promise<string> => okay(await first.docker(...args));
  expect((await docker('ps', '-a', '--format', '{{.Names}} {{.State}}')).split('\n').sort()).toEqual([
    ...['ended exited', 'made created', 'ran exited'],
  ]);
  const show = (name: string, format: string): Promise<string> => docker('inspect', '-f', format, name);
  expect(await show('ended', '{{.State.ExitCode}} {{.RestartCount}} {{.HostConfig.RestartPolicy}}')).toBe(
    '4 2 {on-failure 2}',
  );
  expect(await show('ended', '{{.HostConfig.Memory}} {{.HostConfig.CapDrop}} {{.HostConfig.Ulimits}}')).toBe(
    '67108864 [ALL] [nofile=100:200]',
  );
  expect(await show('ended', '{{.HostConfig.PortBindings}} {{.Config.Env}} {{.Config.Hostname}}')).toBe(
    'map[80/tcp:[{127.0.0.1 18080}]] [PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin A=1 B=2] host',
  );
  expect(await show('ended', '{{.NetworkSettings.Networks.crew.Aliases}}')).toContain('mate');
  expect(await show('made', '{{.Config.StopSignal}} {{.Config.StopTimeout}} {{.HostConfig.ReadonlyRootfs}}')).toBe(
    'SIGINT 5 true',
  );
  // Nobody knows how it ended.
  expect(await show('ran', '{{.State.ExitCode}}')).toBe('255');
  expect(await docker('logs', 'ended')).toBe('hello\nhello\nhello');
  expect(await docker('logs', 'ran')).toBe('waiting');
  expect(await docker('diff', 'ended')).toContain('A /mine');
  expect((await first.docker('cp', 'ended:/mine', '-')).stdout).toContain('kept');
  expect(await docker('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Subnet}} {{.Labels}}', 'crew')).toBe(
    '10.231.7.0/24 map[of:test]',
  );
  expect(await docker('network', 'inspect', '-f', '{{.Internal}}', 'inner')).toBe('true');
  expect(await docker('volume', 'ls', '-qf', 'label=of=test')).toBe('kept');
  expect(await show('ended', '{{range .Mounts}}{{.Name}} {{.Destination}};{{end}}')).toMatch(/kept \/data;/);
  expect(await docker('image', 'inspect', '-f', '{{.RepoTags}} {{.Config.Entrypoint}}', 'first:1')).toBe(
    '[first:1 example.com:5000/team/first:latest] [/hello]',
  );
  expect(await docker('commit', 'ended', 'second')).toMatch(/^sha256:/);
  expect((await first.docker('save', 'second')).code).toBe(0);
  expect(JSON.parse(await readFile(join(first.root, 'format.json'), 'utf8'))).toMatchObject({ format: 1 });
  await docker('rm', '-v', 'ended', 'made', 'ran');
  await docker('rmi', 'second', 'first:1', 'example.com:5000/team/first');
  await docker('network', 'rm', 'crew', 'inner');
  expect(await docker('volume', 'rm', 'kept')).toBe('kept');
  expect(first.log()).not.toContain('bug:');
  expect(await first.stop()).toEqual([]);
});

const script = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done';
const pidOf = (name: string): Promise<string> => ok('inspect', '-f', '{{.State.Pid}}', name);

test('data of a later form is refused, and containers run on until a daemon comes that knows it', async () => {
  const id = await ok('run', '-d', '--name', 'counts', 'busybox', 'sh', '-c', script);
  const pid = await pidOf('counts');
  const format = join(daemon.root, 'format.json');
  const own = await readFile(format, 'utf8');
  await daemon.restart('SIGKILL', async () => {
    await writeFile(format, '{"format":99,"writtenBy":"9.8.7"}');
    const { code, stderr } = await daemon.startAnother();
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('Start lapstraked 9.8.7') });
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain('sleep 0.05');
    await writeFile(format, own);
  });
  expect(await pidOf('counts')).toBe(pid);
  const lines = (await ok('logs', 'counts')).split('\n').map(Number);
  expect(lines).toEqual(lines.map((_, index) => index + 1));
  await ok('rm', '-f', id);
});

test('a container whose record cannot be read is not shown, and loses nothing', async () => {
  const id = await ok('run', '-d', '--name', 'odd', 'busybox', 'sh', '-c', `echo x > /mine; ${script}`);
  const pid = await pidOf('odd');
  const path = join(daemon.root, 'records', `${id}.json`);
  await daemon.restart('SIGKILL', async () => {
    await rename(path, `${path}.aside`);
    await writeFile(path, '{"version":2}');
  });
  expect(await ok('ps', '-aq')).toBe('');
  expect(daemon.log()).toContain(`container ${id} is not shown`);
  await daemon.restart('SIGKILL', () => rename(`${path}.aside`, path));
  expect(await pidOf('odd')).toBe(pid);
  expect(await ok('exec', 'odd', 'cat', '/mine')).toBe('x');
  const lines = (await ok('logs', 'odd')).split('\n').map(Number);
  expect(lines).toEqual(lines.map((_, index) => index + 1));
  await ok('rm', '-f', 'odd');
});
