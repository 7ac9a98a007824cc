import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { findProgram, libraries } from '../../scripts/fixtures/host.mjs';
import { attempts, preamble } from './escape-attempts.ts';
import { testInit } from './init-suite.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

// Ways out of a container, tried in every sandbox: shut, or listed here with what Docker does where it is no better off.

/** Without a filter of system calls, as Docker's `--security-opt seccomp=unconfined`; some depend on the kernel's settings. */
const WITHOUT_FILTER = [
  'keep a key in a keyring',
  'use another keyring',
  'ask the kernel for a key',
  'make a user namespace',
  'load a program into the kernel',
  'watch the machine',
  'hold up page faults',
  'read the log of the kernel',
];
/** Without namespaces, processes and networks are the host's, as with Docker's `--pid=host --network=host`. */
const WITHOUT_NAMESPACES = [
  'signal a process of the host',
  "take a process's descriptors",
  'compare processes of the host',
  'trace a process of the host',
  'read the memory of a process of the host',
  'connect to a loopback port of the host',
  'reach a container of another network',
];
/** What a privileged container with the host's namespaces finds open, whatever the kernel: so much the attempts can tell. */
const OPEN_TO_PRIVILEGED: readonly string[] = [
  'read a file of the host',
  'read it through any root',
  'leave the root by another chroot',
  'write to a folder of the host',
  'see a process of the host',
  'signal a process of the host',
  'trace a process of the host',
  'read the memory of a process of the host',
  'write core_pattern',
  'write vm.overcommit_memory',
  'mount a tmpfs',
  'mount proc',
  'mount by the new calls',
  'make namespaces',
  'restart the machine',
  'swap to a file',
  'name the host',
  'set the clock',
  'keep a key in a keyring',
  'connect to a loopback port of the host',
  'reach a container of another network',
  'change an interface',
  'have the right to administrate',
];
const OPEN: Readonly<Record<string, readonly string[]>> = {
  // runc before 1.2 lets every container open the device; without CAP_NET_ADMIN it makes nothing with it.
  oci: ['make network devices'],
  namespaces: WITHOUT_FILTER,
  chroot: [...WITHOUT_FILTER, ...WITHOUT_NAMESPACES],
};

let registry: BaseImages;
let folder: string;
let victim: ChildProcess;
let listener: Server;
let port: number;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-escapes-'));
  await mkdir(join(folder, 'host'));
  await writeFile(join(folder, 'host', 'secret'), 'the host’s');
  victim = spawn('sleep', ['98765'], { stdio: 'ignore' });
  listener = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const address = listener.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  await writeContext(join(folder, 'context'));
});

afterAll(async () => {
  victim?.kill('SIGKILL');
  listener?.close();
  await registry?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** An image with busybox, a Perl for system calls, once more with the set-user-ID bit, and the attempts. */
async function writeContext(context: string): Promise<void> {
  const perl = await findProgram('perl');
  if (perl === undefined) throw new Error('the attempts make system calls by perl, which is not installed');
  for (const file of [perl, ...(await libraries(perl))]) {
    await mkdir(dirname(join(context, 'root', file)), { recursive: true });
    await copyFile(file, join(context, 'root', file));
  }
  await mkdir(join(context, 'root/escape'));
  // Perl wants it, and not every sandbox has devices.
  await mkdir(join(context, 'root/dev'));
  await writeFile(join(context, 'root/dev/null'), '');
  await copyFile(perl, join(context, 'root/escape/raise'));
  await chmod(join(context, 'root/escape/raise'), 0o4755);
  for (const [index, { name, script }] of attempts().entries()) {
    const text = `# ${name}\n${preamble(process.arch)}${script}\n`;
    await writeFile(join(context, 'root/escape', `${String(index).padStart(2, '0')}.sh`), text);
  }
  const all =
    'for f in /escape/*.sh; do timeout 5 sh $f >/tmp/out-$$ 2>&1 && r=open || r=shut; echo "$r $(head -1 $f)"; done';
  await writeFile(join(context, 'root/escape/all'), `${all}\n`);
  const image = 'FROM busybox\nCOPY root/ /\nRUN mkdir /mnt-point && ln -s /escape /trap-inside\n';
  await writeFile(join(context, 'Dockerfile'), image);
}

/** A disk of the host, as `major minor`. */
async function disk(): Promise<string> {
  const [name = ''] = (await readdir('/sys/block')).sort(
    (a, b) => Number(b.startsWith('vd')) - Number(a.startsWith('vd')),
  );
  return (await readFile(`/sys/block/${name}/dev`, 'utf8')).trim().replace(':', ' ');
}

describe.each(Object.keys(OPEN))('in the sandbox %s', (sandbox) => {
  let daemon: RealDaemon;
  let host: string;

  async function ok(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await daemon.docker(...args);
    expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout.trim();
  }
  /** What the attempts find open, with these options for their container. */
  async function open(...options: readonly string[]): Promise<readonly string[]> {
    const neighbour = await ok(
      'inspect',
      '-f',
      '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
      'neighbour',
    );
    const variables = {
      ...{ SECRET: join(host, 'secret'), FOLDER: host, PID: victim.pid, PORT: port, NEIGHBOUR: neighbour },
      ...{ SOCKET: daemon.socket, DISK: await disk() },
    };
    const env = Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const { stdout } = await daemon.docker('run', '--rm', ...env, ...options, 'escape', 'sh', '/escape/all');
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => line.replace(/^\w+ # /, ''))).toEqual(attempts().map(({ name }) => name));
    return lines.filter((line) => line.startsWith('open')).map((line) => line.replace('open # ', ''));
  }

  beforeAll(async () => {
    host = join(folder, 'host');
    daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl, '--sandbox', sandbox]);
    await ok('pull', 'busybox');
    const built = await daemon.docker('build', '-t', 'escape', join(folder, 'context'));
    expect(built).toMatchObject({ code: 0 });
    await ok('network', 'create', 'elsewhere');
    await daemon.docker('run', '-d', '--name', 'neighbour', '--network', 'elsewhere', 'busybox', 'sleep', '1000');
  });

  afterAll(async () => {
    const left = await daemon?.stop();
    expect(left).toEqual([]);
    expect(await readdir(host)).toEqual(['secret']);
  });

  test(`at least forty ways out are tried, and shut but for those that are listed`, async () => {
    expect(attempts().length).toBeGreaterThan(40);
    expect((await open()).filter((name) => !OPEN[sandbox]?.includes(name))).toEqual([]);
    // Another user has fewer rights still.
    expect((await open('--user', '1000')).filter((name) => !OPEN[sandbox]?.includes(name))).toEqual([]);
    victim.kill('SIGCONT');
    expect(victim.exitCode).toBeNull();
  });

  if (sandbox === 'oci') {
    test('the same attempts find what is open to a container that may do everything', async () => {
      const namespaces = ['--pid', 'host', '--network', 'host', '--ipc', 'host', '-v', `${folder}:${folder}`];
      const found = await open('--privileged', ...namespaces);
      // What one of them has written there.
      await rm(join(host, 'written'));
      expect(found).toEqual(expect.arrayContaining([...OPEN_TO_PRIVILEGED]));
    });
  }

  test('nobody gets more rights where no new ones are allowed', async () => {
    const raise = ['escape', '/escape/raise', '-e', 'print $> == 0 ? "root" : "user"'];
    expect(await ok('run', '--rm', '--user', '1000', ...raise)).toBe('root');
    const kept = ['--security-opt', 'no-new-privileges'];
    expect(await ok('run', '--rm', '--user', '1000', ...kept, ...raise)).toBe('user');
  });

  test('no working folder and no link leads a container or a copy to the host', async () => {
    await ok(
      'run',
      '-d',
      '--name',
      'trap',
      'escape',
      'sh',
      '-c',
      `ln -s ${host} /link; ln -s / /root-link; sleep 1000`,
    );
    await expect.poll(() => ok('exec', 'trap', 'ls', '/')).toContain('root-link');
    const read = ['cat', `../../../../../..${host}/secret`];
    const seen = [3, 4, 5, 6, 7, 8, 9].map((fd) => daemon.docker('exec', '-w', `/proc/self/fd/${fd}`, 'trap', ...read));
    for (const { stdout } of await Promise.all(seen)) expect(stdout).not.toContain('the host’s');
    expect((await daemon.docker('cp', 'trap:/link/secret', '-')).code).not.toBe(0);
    expect((await daemon.docker('cp', `trap:/root-link${host}/secret`, '-')).code).not.toBe(0);
    await daemon.docker('cp', join(folder, 'context', 'Dockerfile'), 'trap:/link/written');
    expect(await readdir(host)).toEqual(['secret']);
    await ok('rm', '-f', 'trap');
  });

  test('floods stay within what a container is given', async () => {
    const rotated = ['--log-opt', 'max-size=100k', '--log-opt', 'max-file=2'];
    await ok('run', '-d', '--name', 'flood', ...rotated, 'busybox', 'sh', '-c', 'yes flood | head -n 100000');
    await ok('wait', 'flood');
    const logs = join(daemon.root, 'containers', await ok('inspect', '-f', '{{.Id}}', 'flood'));
    const files = (await readdir(logs)).filter((name) => name.includes('-json.log'));
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(logs, name))).size));
    expect(files).toHaveLength(2);
    expect(Math.max(...sizes)).toBeLessThan(210_000);
    await ok('rm', 'flood');
    if (sandbox === 'chroot') return;
    const fill =
      'dd if=/dev/zero of=/small/x bs=64k count=100; dd if=/dev/zero of=/dev/shm/x bs=64k count=100; du -k /small/x /dev/shm/x';
    const disk = await daemon.docker(
      'run',
      '--rm',
      '--tmpfs',
      '/small:size=1m',
      '--shm-size',
      '1m',
      'busybox',
      'sh',
      '-c',
      fill,
    );
    expect(disk.stdout).toBe('1024\t/small/x\n1024\t/dev/shm/x\n');
    const bomb = 'b() { b | b & }; b; sleep 1; ls -d /proc/[0-9]* | wc -l';
    const fork = await daemon.docker('run', '--rm', '--pids-limit', '30', 'busybox', 'timeout', '3', 'sh', '-c', bomb);
    expect(fork.stderr).toMatch(/can't fork/);
    const hog = [
      '-m',
      '16m',
      '--memory-swap',
      '16m',
      '--name',
      'hog',
      'busybox',
      'sh',
      '-c',
      'x=a; while :; do x=$x$x$x; done',
    ];
    expect((await daemon.docker('run', ...hog)).code).toBe(137);
    expect(await ok('inspect', '-f', '{{.State.OOMKilled}}', 'hog')).toBe('true');
    await ok('rm', 'hog');
  });

  // Here, because daemons of all sandboxes stand already.
  testInit(sandbox, () => daemon);
});
