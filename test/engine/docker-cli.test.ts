import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busyboxDaemon } from './busybox-daemon.ts';
import { type CommandResult, command } from './real-daemon.ts';

const { daemon, ok } = busyboxDaemon();
const docker = (...args: readonly string[]): Promise<CommandResult> => daemon.docker(...args);

/** Ends when the terminal inside has the size that `onTerminal` gives the one outside. */
const UNTIL_SIZED = 'until stty size 2>/dev/null | grep -q 31.101; do :; done';

/** Runs docker on a terminal of 31 by 101, typing each of `keys` half a second after what was before it. */
function onTerminal(line: string, ...keys: readonly string[]): Promise<CommandResult> {
  const typing = keys.map((each) => `sleep .5; printf '${each}';`).join(' ');
  return command('sh', [
    '-c',
    `(${typing} sleep .5) | script -qec "stty rows 31 cols 101; docker -H unix://${daemon.socket} ${line}" /dev/null`,
  ]);
}

async function free(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('images', () => {
  test('a pulled image is listed, inspected and has a history', async () => {
    expect(await ok('images', '--format', '{{.Repository}}:{{.Tag}}')).toContain('busybox:latest');
    expect(await ok('inspect', '-f', '{{.Os}}', 'busybox')).toBe('linux');
    expect(await ok('history', '-q', 'busybox')).not.toBe('');
  });

  test('a tag goes and comes without the image', async () => {
    await ok('tag', 'busybox', 'other:1');
    expect(await ok('rmi', 'other:1')).toBe('Untagged: other:1');
    expect((await docker('rmi', 'other:1')).stderr).toContain('No such image: other:1');
  });

  test('an image in use is not removed', async () => {
    await ok('create', '--name', 'user', 'busybox', 'true');
    const { code, stderr } = await docker('rmi', 'busybox');
    expect(code).toBe(1);
    expect(stderr).toMatch(/conflict/i);
    await ok('rm', 'user');
  });

  test('an unknown image is an error of pull and of run', async () => {
    expect((await docker('pull', '127.0.0.1:1/none')).code).toBe(1);
    const { code, stderr } = await docker('run', '--rm', '127.0.0.1:1/none', 'true');
    expect(code).toBe(125);
    expect(stderr).toContain('Unable to find image');
  });
});

describe('run', () => {
  test('prints what the container prints, on both streams, and has its exit code', async () => {
    const { code, stdout, stderr } = await docker(
      'run',
      '--rm',
      'busybox',
      'sh',
      '-c',
      'echo out; echo err >&2; exit 3',
    );
    expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  test('gives a missing command 127, one that is no program 126, and leaves no container', async () => {
    expect((await docker('run', '--rm', 'busybox', 'nope')).code).toBe(127);
    expect((await docker('run', '--rm', 'busybox', '/nope')).code).toBe(127);
    expect((await docker('run', '--rm', 'busybox', '/etc')).code).toBe(126);
    expect(await ok('ps', '-aq')).toBe('');
  });

  test('hands its input to the container and its end too', async () => {
    const { stdout } = await command(
      'docker',
      ['-H', `unix://${daemon.socket}`, 'run', '--rm', '-i', 'busybox', 'cat'],
      'payload\n',
    );
    expect(stdout).toBe('payload\n');
  });

  test('moves a megabyte unharmed', async () => {
    const { stdout } = await docker('run', '--rm', 'busybox', 'sh', '-c', 'head -c 1000000 /dev/zero | tr "\\0" x');
    expect(stdout).toBe('x'.repeat(1_000_000));
  });

  test('-it gives a terminal with the size of the user’s', async () => {
    const { stdout, code } = await onTerminal(
      `run --rm -it busybox sh -c '${UNTIL_SIZED}; tty; read x; echo got; exit 5'`,
      'hello\\r',
    );
    expect(stdout).toContain('/dev/pts/0');
    expect(stdout).toContain('got');
    expect(code).toBe(5);
  });

  test('-e, -w, -u, --hostname, --read-only, --tmpfs, --cap-drop are honoured', async () => {
    const script =
      'echo $A; pwd; id -u; hostname; touch /x || echo ro; touch /etc/hosts || echo ro; touch /t/x && echo rw; ls /.dockerenv; wc -l < /etc/mtab | grep -c .; grep CapBnd /proc/self/status';
    const out = await ok(
      ...['run', '--rm', '-e', 'A=b', '-w', '/tmp', '-u', '1000', '--hostname', 'hh', '--read-only'],
      ...['--tmpfs', '/t', '--cap-drop', 'ALL', 'busybox', 'sh', '-c', script],
    );
    expect(out.split('\n')).toEqual([
      'b',
      '/tmp',
      '1000',
      'hh',
      'ro',
      'ro',
      'rw',
      '/.dockerenv',
      '1',
      'CapBnd:\t0000000000000000',
    ]);
  });

  test('an unknown user is an error', async () => {
    const { code, stderr } = await docker('run', '--rm', '-u', 'bogus', 'busybox', 'true');
    expect(code).toBe(125);
    expect(stderr).toContain('unable to find user bogus');
  });

  test('-m ends what takes more memory, and says so', async () => {
    const { code } = await docker(
      'run',
      '--name',
      'oom',
      '-m',
      '8m',
      'busybox',
      'sh',
      '-c',
      'a=x; while true; do a=$a$a; done',
    );
    expect(code).toBe(137);
    expect(await ok('inspect', '-f', '{{.State.OOMKilled}}', 'oom')).toBe('true');
    await ok('rm', 'oom');
  });

  test('a limit that makes no sense is an error', async () => {
    expect((await docker('run', '--rm', '-m', '1m', 'busybox', 'true')).stderr).toContain(
      'Minimum memory limit allowed is 6MB',
    );
  });

  test('-v binds folders and volumes; a new volume is filled from the image', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lapstrake-bind-'));
    try {
      await writeFile(join(folder, 'f'), 'from the host');
      expect(
        await ok(
          'run',
          '--rm',
          '-v',
          `${folder}:/b:ro`,
          'busybox',
          'sh',
          '-c',
          'cat /b/f; touch /b/x 2>/dev/null || echo " ro"',
        ),
      ).toBe('from the host ro');
      await ok('run', '--rm', '-v', 'vol:/etc', 'busybox', 'sh', '-c', 'echo kept > /etc/mine');
      expect(await ok('run', '--rm', '-v', 'vol:/v', 'busybox', 'sh', '-c', 'cat /v/mine; ls /v')).toMatch(
        /kept\n[\s\S]*passwd/,
      );
      await ok('volume', 'rm', 'vol');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('a name that is taken is a conflict', async () => {
    await ok('create', '--name', 'taken', 'busybox', 'true');
    const { code, stderr } = await docker('run', '--name', 'taken', 'busybox', 'true');
    expect(code).toBe(125);
    expect(stderr).toContain('The container name "/taken" is already in use');
    await ok('rm', 'taken');
  });

  test('-p answers on the host; a port in use is an error that leaves nothing running', async () => {
    const port = await free();
    const serve = 'echo page > /tmp/index.html; exec httpd -f -p 8080 -h /tmp';
    await ok('run', '-d', '--name', 'web', '-p', `${port}:8080`, 'busybox', 'sh', '-c', serve);
    await expect
      .poll(
        () =>
          fetch(`http://127.0.0.1:${port}/`).then(
            (r) => r.text(),
            () => '',
          ),
        { timeout: 5000 },
      )
      .toBe('page\n');
    expect(await ok('port', 'web')).toContain(`8080/tcp -> 0.0.0.0:${port}`);
    const { code, stderr } = await docker('run', '--rm', '-p', `${port}:80`, 'busybox', 'true');
    expect(code).toBe(125);
    expect(stderr).toContain('port is already allocated');
    await ok('rm', '-f', 'web');
    expect(await ok('ps', '-aq')).toBe('');
  });
});

describe('a running container', () => {
  beforeAll(() =>
    ok(
      'run',
      '-d',
      '--name',
      'c1',
      'busybox',
      'sh',
      '-c',
      'trap "exit 9" TERM; echo started; while true; do sleep .1; done',
    ),
  );
  afterAll(() => ok('rm', '-f', 'c1'));

  test('is listed, inspected, measured and seen through', async () => {
    expect(await ok('ps', '--format', '{{.Names}} {{.State}}')).toBe('c1 running');
    expect(await ok('inspect', '-f', '{{.State.Status}} {{.NetworkSettings.IPAddress}}', 'c1')).toMatch(
      /^running \d+\.\d+\.\d+\.\d+$/,
    );
    expect(await ok('top', 'c1')).toContain('while true');
    const [row = ''] = (await ok('stats', '--no-stream', '--format', '{{json .}}', 'c1')).split('\n');
    expect(JSON.parse(row)).toMatchObject({ Name: 'c1', MemUsage: expect.stringMatching(/^[1-9]/) });
  });

  test('takes further processes with exec', async () => {
    expect(await ok('exec', '-e', 'B=c', 'c1', 'sh', '-c', 'echo $B')).toBe('c');
    expect((await docker('exec', 'c1', 'sh', '-c', 'exit 4')).code).toBe(4);
    const missing = await docker('exec', 'c1', '/nope');
    expect(missing.code).toBe(126);
    expect(missing.stdout).toContain('no such file or directory');
    const { stdout, code } = await onTerminal('exec -it c1 sh', `${UNTIL_SIZED}; tty\\rexit 6\\r`);
    expect(stdout).toContain('/dev/pts/');
    expect(code).toBe(6);
  });

  test('shows its changes, and its log with times', async () => {
    await ok('exec', 'c1', 'touch', '/new');
    expect(await ok('diff', 'c1')).toBe('A /new');
    expect(await ok('logs', '-t', 'c1')).toMatch(/^\d{4}-\d\d-\d\dT\S+Z started$/);
  });

  test('is paused and goes on', async () => {
    await ok('pause', 'c1');
    expect(await ok('ps', '--format', '{{.Status}}')).toContain('(Paused)');
    expect((await docker('exec', 'c1', 'true')).stderr).toContain('is paused');
    await ok('unpause', 'c1');
  });

  test('is not removed or started again, but renamed, stopped and restarted', async () => {
    expect((await docker('rm', 'c1')).stderr).toContain('You cannot remove a running container');
    await ok('start', 'c1');
    await ok('rename', 'c1', 'd1');
    await ok('rename', 'd1', 'c1');
    await ok('stop', 'c1');
    expect(await ok('inspect', '-f', '{{.State.ExitCode}}', 'c1')).toBe('9');
    expect((await docker('exec', 'c1', 'true')).stderr).toContain('is not running');
    expect((await docker('kill', 'c1')).stderr).toContain('is not running');
    await ok('start', 'c1');
    await ok('restart', 'c1');
    expect(await ok('logs', 'c1')).toBe('started\nstarted\nstarted');
  });
});

test('logs -f follows to the end, both streams apart', async () => {
  await ok(
    'run',
    '-d',
    '--name',
    'lg',
    'busybox',
    'sh',
    '-c',
    'for i in 1 2 3; do echo o$i; echo e$i >&2; sleep .2; done',
  );
  const { stdout, stderr } = await docker('logs', '-f', 'lg');
  expect({ stdout, stderr }).toEqual({ stdout: 'o1\no2\no3\n', stderr: 'e1\ne2\ne3\n' });
  expect(await ok('logs', '--tail', '2', 'lg')).toBe('o3');
  await ok('rm', 'lg');
});

test('several clients attach at once and see the same', async () => {
  await ok('run', '-dit', '--name', 'at', 'busybox', 'cat');
  const [one, two] = await Promise.all([
    onTerminal('attach at', '', '', '\\020\\021'),
    onTerminal('attach at', 'seen\\r', '\\020\\021'),
  ]);
  expect(two.stdout).toContain('seen');
  expect(one.stdout).toContain('seen');
  expect(await ok('inspect', '-f', '{{.State.Running}}', 'at')).toBe('true');
  await ok('rm', '-f', 'at');
});

test('a restart policy is followed as often as it says', async () => {
  await ok('run', '-d', '--name', 'rs', '--restart', 'on-failure:2', 'busybox', 'false');
  await expect
    .poll(() => ok('inspect', '-f', '{{.RestartCount}} {{.State.Status}}', 'rs'), { timeout: 10_000 })
    .toBe('2 exited');
  await ok('rm', 'rs');
});

test('events tell a container’s life', async () => {
  const since = String(Date.now() / 1000);
  await ok('run', '--rm', '--name', 'told', 'busybox', 'true');
  const lines = await ok(
    'events',
    '--since',
    since,
    '--until',
    String(Date.now() / 1000),
    '--filter',
    'container=told',
    '--format',
    '{{.Action}}',
  );
  expect(lines.split('\n')).toEqual(['create', 'attach', 'start', 'die', 'destroy']);
  expect(await ok('events', '--until', '0')).toBe('');
  expect((await docker('events', '--since', '2', '--until', '1')).stderr).toContain(
    '`since` time (2) cannot be after `until` time (1)',
  );
});

test('events tell of a top, of the stop within a restart, and of each network that a prune removes', async () => {
  const since = String(Date.now() / 1000);
  await ok('run', '-d', '--name', 'busy', 'busybox', 'sleep', '1000');
  await ok('top', 'busy');
  await ok('restart', '-t', '0', 'busy');
  await ok('rm', '-f', 'busy');
  await ok('network', 'create', 'idle');
  await ok('network', 'prune', '-f');
  const told = async (filter: string, format: string): Promise<string[]> => {
    const until = String(Date.now() / 1000);
    const shown = await ok('events', '--since', since, '--until', until, '--filter', filter, '--format', format);
    return shown.split('\n');
  };
  const life = await told('container=busy', '{{.Action}}');
  expect(life).toContain('top');
  expect(life.slice(life.lastIndexOf('stop'))).toEqual(['stop', 'start', 'restart', 'kill', 'die', 'destroy']);
  expect(await told('event=destroy', '{{.Type}} {{.Actor.Attributes.name}}')).toContain('network idle');
});

test('a container joins neither its own network nor that of one that does not run', async () => {
  expect((await docker('run', '--name', 'selfish', '--network', 'container:selfish', 'busybox')).stderr).toContain(
    'cannot join own network',
  );
  expect((await docker('run', '--name', 'late', '--network', 'container:selfish', 'busybox')).stderr).toContain(
    'cannot join network of a non running container',
  );
  await ok('rm', 'selfish', 'late');
});

test('a prune of everything takes labels, which nothing in the build cache has', async () => {
  expect(await ok('system', 'prune', '-f', '--filter', 'label=nobody')).toContain('Total reclaimed space: 0B');
});

test('a network of one’s own is made, used and removed', async () => {
  await ok('network', 'create', 'own');
  expect(await ok('run', '--rm', '--network', 'own', 'busybox', 'ip', 'route')).toContain('default via');
  expect((await docker('network', 'create', 'own')).stderr).toContain('already exists');
  await ok('network', 'rm', 'own');
  expect((await docker('network', 'rm', 'bridge')).code).toBe(1);
});

test('after a stop of the daemon containers are there and ended, and start again', async () => {
  const run = ['run', '-d', '--stop-timeout', '0'];
  await ok(...run, '--name', 'left', 'busybox', 'sleep', '1000');
  await ok(...run, '--rm', '--name', 'gone', 'busybox', 'sleep', '1000');
  await daemon.restart('SIGTERM');
  expect(await ok('ps', '-a', '--format', '{{.Names}} {{.State}}')).toBe('left exited');
  expect(await ok('inspect', '-f', '{{.State.ExitCode}}', 'left')).toBe('137');
  await ok('start', 'left');
  await daemon.restart('SIGTERM');
  expect(await ok('ps', '-a', '--format', '{{.Names}} {{.State}}')).toBe('left exited');
  await ok('rm', 'left');
});

test('a corrupt blob is an error, and leaves nothing behind', async () => {
  await daemon.restart('SIGTERM');
  const blobs = join(daemon.root, 'images/blobs/sha256');
  const before = await ok('images', '-q', '--no-trunc');
  const config = join(blobs, before.slice('sha256:'.length));
  const bytes = await readFile(config);
  await writeFile(config, `${bytes.toString().slice(0, -2)}x}`);
  await daemon.restart('SIGTERM');
  const { code, stderr } = await docker('run', '--rm', '--pull', 'never', 'busybox', 'true');
  expect(code).toBe(125);
  expect(stderr).toMatch(/corrupt|No such image/);
  await writeFile(config, bytes);
  await daemon.restart('SIGTERM');
  expect(await ok('run', '--rm', 'busybox', 'echo', 'hi')).toBe('hi');
});

test('nothing is left of all these containers', async () => {
  await ok('container', 'prune', '-f');
  expect(await readdir(join(daemon.root, 'containers'))).toEqual([]);
  expect(daemon.log()).not.toContain('bug:');
});
