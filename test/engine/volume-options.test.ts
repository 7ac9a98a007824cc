// Options of the local volume driver: what they do and what is said of them is what a real dockerd does and says. Each step
// runs on both.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type RealDockerd, startRealDockerd } from '../harness/real-dockerd.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

let registry: BaseImages;
let dockerd: RealDockerd;
let daemon: RealDaemon;
let folder: string;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-volume-options-'));
  [dockerd, daemon] = await Promise.all([
    startRealDockerd(registry.registryUrl),
    startRealDaemon(['--registry-mirror', registry.registryUrl]),
  ]);
  await same([['pull', '-q', 'busybox']]);
});

afterAll(async () => {
  const left = await daemon?.stop();
  await dockerd?.[Symbol.asyncDispose]();
  await registry?.stop();
  await rm(folder, { recursive: true, force: true });
  expect(left).toEqual([]);
});

beforeEach(async () => {
  expect(await mounted()).toEqual([]);
});

/** Where the daemon has volumes mounted. */
async function mounted(): Promise<string[]> {
  const text = await readFile(`/proc/${daemon.pid}/mountinfo`, 'utf8');
  return text.split('\n').filter((line) => line.includes(join(daemon.root, 'volumes')));
}

/** Without what tells one engine from the other: IDs, and where each has its volumes. */
function plain(text: string): string {
  return (
    text
      .replace(/\b[0-9a-f]{64}\b/g, '<id>')
      .replace(/\/[^ :'"]*\/volumes\//g, 'VOLUMES/')
      // Which of its steps found it out.
      .replace(/error while mounting volume '[^']*': /, '')
      .trim()
  );
}

/** Runs each step on both engines and holds what it says against each other; gives what ours said. */
async function same(steps: readonly (readonly string[])[]): Promise<string> {
  let all = '';
  for (const step of steps) {
    const [theirs, ours] = [await dockerd.docker(...step), await daemon.docker(...step)];
    const told = ({ code, stdout, stderr }: typeof ours) => ({ step, code, out: plain(stdout), error: plain(stderr) });
    expect(told(ours)).toEqual(told(theirs));
    all += `${plain(ours.stdout)}\n${plain(ours.stderr)}\n`;
  }
  return all;
}

const create = (name: string, options: Readonly<Record<string, string>>): string[] => [
  ...['volume', 'create', ...Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`])],
  name,
];
const run = (mount: string, script: string): string[] => ['run', '--rm', '-v', mount, 'busybox', 'sh', '-c', script];
const bind = (device: string, o = 'bind') => ({ type: 'none', o, device });
const MEMORY = { type: 'tmpfs', device: 'tmpfs', o: 'size=2m,uid=1000' };

test('options are checked, and those of a volume that is there already stay', async () => {
  const said = await same([
    create('bad', { foo: 'bar' }),
    create('bad', { type: 'tmpfs' }),
    create('bad', { device: 'tmpfs' }),
    create('bad', { o: 'bind', type: 'none' }),
    create('bad', { size: '10m' }),
    create('bad', { ...MEMORY, size: '1.5GB' }),
    create('bad', { size: 'much' }),
    create('kept', { ...MEMORY, size: '0' }),
    create('kept', { foo: 'bar' }),
    create('kept', bind('/nowhere')),
    ['volume', 'inspect', '-f', '{{json .Options}} {{.Driver}}', 'kept'],
    ['volume', 'rm', 'kept'],
    ['volume', 'ls', '-q'],
  ]);
  expect(said).toContain('missing required option: "device"');
  expect(said).toContain('quota size requested but no quota support');
});

test('a volume in memory lasts as long as somebody has it', async () => {
  await same([
    create('memory', MEMORY),
    run('memory:/m', 'stat -c "%u %a" /m; df -m /m | tail -1; echo one >/m/file'),
    run('memory:/m', 'ls /m'),
    // What the image has there is not seen, nor whose it is.
    run('memory:/etc/network', 'ls /etc/network; stat -c %u /etc/network'),
  ]);
  await same([
    ['run', '-d', '--name', 'first', '-v', 'memory:/m', 'busybox', 'sh', '-c', 'echo kept >/m/file; exec sleep 1000'],
    ['run', '-d', '--name', 'second', '-v', 'memory:/m', 'busybox', 'sleep', '1000'],
  ]);
  expect(await mounted()).toHaveLength(1);
  const said = await same([
    ['rm', '-f', 'first'],
    ['exec', 'second', 'cat', '/m/file'],
    ['cp', 'second:/m/file', join(folder, 'copied')],
    ['volume', 'rm', 'memory'],
    ['rm', '-f', 'second'],
  ]);
  expect(said).toContain('volume is in use');
  expect(await readFile(join(folder, 'copied'), 'utf8')).toBe('kept\n');
  expect(await mounted()).toEqual([]);
  await same([run('memory:/m', 'ls /m'), ['volume', 'rm', 'memory']]);
});

test('a volume is a folder of the host’s, which goes with nothing', async () => {
  const source = await mkdtemp(join(folder, 'source-'));
  await writeFile(join(source, 'here'), 'the host’s');
  await same([
    create('folder', bind(source)),
    create('shut', bind(source, 'bind,ro')),
    run('folder:/f', 'cat /f/here; echo more >/f/more'),
    run('shut:/f', 'cat /f/more; touch /f/x'),
    ['system', 'df', '-v', '--format', '{{json .Volumes}}'],
    ['volume', 'prune', '-f'],
    ['volume', 'ls', '-q'],
  ]);
  // Newer clients say that named ones go, too: not those.
  expect((await daemon.docker('volume', 'prune', '-af')).stdout).toBe('Total reclaimed space: 0B\n');
  await same([['volume', 'rm', 'folder', 'shut']]);
  expect((await readdir(source)).sort()).toEqual(['here', 'more']);
});

test('an empty folder is filled from the image', async () => {
  for (const engine of [dockerd, daemon]) {
    const source = await mkdtemp(join(folder, 'empty-'));
    expect(await engine.docker(...create('empty', bind(source)))).toMatchObject({ code: 0 });
    expect(await engine.docker(...run('empty:/bin', 'true'))).toMatchObject({ code: 0 });
    expect(await readdir(source)).toContain('busybox');
    expect(await engine.docker('volume', 'rm', 'empty')).toMatchObject({ code: 0 });
  }
});

test('what cannot be mounted is said when it is used', async () => {
  const said = await same([
    create('nowhere', bind('/nowhere')),
    run('nowhere:/n', 'true'),
    ['create', '--name', 'waiting', '-v', 'nowhere:/n', 'busybox'],
    ['cp', 'waiting:/n/x', '-'],
    ['start', 'waiting'],
    ['inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'waiting'],
    ['rm', 'waiting'],
    ['volume', 'rm', 'nowhere'],
  ]);
  expect(said).toContain('mount /nowhere:VOLUMES/nowhere/_data, flags: 0x1000: no such file or directory');
  await daemon.docker(...create('lookup', { type: 'nfs', device: ':/x', o: 'addr=-' }));
  const { stderr } = await daemon.docker(...run('lookup:/n', 'true'));
  expect(stderr).toContain('error resolving passed in network volume address: lookup -');
  expect(await daemon.docker(...create('odd', { type: 'bogus', device: 'x' }))).toMatchObject({ code: 0 });
  const odd = await daemon.docker(...run('odd:/n', 'true'));
  expect(odd).toMatchObject({ code: 125, stderr: expect.stringMatching(/mount x:.*unknown filesystem type 'bogus'/) });
  expect((await daemon.docker('ps', '-aq')).stdout).toBe('');
  await daemon.docker('volume', 'rm', 'odd', 'lookup');
});

test('--mount makes a volume of options', async () => {
  const options = 'volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=size=3m';
  await same([
    ['run', '--rm', '--mount', `type=volume,src=made,dst=/m,${options}`, 'busybox', 'df', '-m', '/m'],
    ['volume', 'inspect', '-f', '{{json .Options}}', 'made'],
    ['run', '--rm', '--mount', `type=volume,dst=/m,${options}`, 'busybox', 'df', '-m', '/m'],
    ['run', '--rm', '--mount', 'type=volume,src=bad,dst=/m,volume-opt=foo=bar', 'busybox', 'true'],
    ['volume', 'rm', 'made'],
    ['volume', 'ls', '-q'],
  ]);
});

test('the next daemon has what a killed one had mounted, and ends what nobody has any more', async () => {
  const ok = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await daemon.docker(...args);
    expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout.trim();
  };
  const sleep = (name: string, volume: string): Promise<string> =>
    ok('run', '-d', '--name', name, '-v', `${volume}:/m`, 'busybox', 'sh', '-c', 'echo kept >/m/x; exec sleep 1000');
  await ok(...create('used', MEMORY));
  await ok(...create('left', MEMORY));
  await sleep('runs', 'used');
  await sleep('ends', 'left');
  const pid = Number(await ok('inspect', '-f', '{{.State.Pid}}', 'ends'));
  expect(await mounted()).toHaveLength(2);
  await daemon.restart('SIGKILL', async () => {
    process.kill(pid, 'SIGKILL');
  });
  await ok('wait', 'ends');
  expect(await mounted()).toEqual([expect.stringContaining('/volumes/used/_data')]);
  expect(await ok(...run('used:/m', 'cat /m/x'))).toBe('kept');
  await ok('rm', '-f', 'runs', 'ends');
  expect(await mounted()).toEqual([]);
  await ok('volume', 'rm', 'used', 'left');
});

test('a volume that is mounted by name is shown as one that may be shared', async () => {
  const options = ['-v', 'some:/a', '-v', 'some:/b:ro', '--mount', 'type=volume,src=some,dst=/c', '-v', '/d'];
  await same([['create', '--name', 'mounts', ...options, 'busybox', 'true']]);
  const at = (path: string): Promise<string> => {
    const shown = `{{range .Mounts}}{{if eq .Destination "${path}"}}{{.Mode}}|{{.RW}}{{end}}{{end}}`;
    return same([['inspect', '-f', shown, 'mounts']]);
  };
  expect([await at('/a'), await at('/b'), await at('/c'), await at('/d')].map((text) => text.trim())).toEqual([
    'z|true',
    'ro|false',
    'z|true',
    '|true',
  ]);
  await same([
    ['rm', '-v', 'mounts'],
    ['volume', 'rm', 'some'],
  ]);
});
