import { once } from 'node:events';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { freePort } from '../../scripts/setup/ports.mjs';
import { asOrdinaryUser, type Ids, whyNotRootless } from './ordinary-user.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

const forbidden = await whyNotRootless();
const KINDS: readonly (readonly [string, Ids])[] = [
  ['with a range of ids', 'range'],
  ['with one id', 'single'],
];

describe.skipIf(forbidden).each(KINDS)(`an ordinary user ${forbidden ? `(${forbidden}) ` : ''}%s`, (_, ids) => {
  let registry: BaseImages;
  let daemon: RealDaemon;

  /** Runs docker and gives what it printed; fails where docker did. */
  async function ok(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await daemon.docker(...args);
    expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout.trim();
  }

  beforeAll(async () => {
    registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
    daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl], asOrdinaryUser(ids));
    await ok('pull', 'busybox');
  });

  afterAll(async () => {
    const left = await daemon?.stop();
    await registry?.stop();
    expect(left).toEqual([]);
  });

  test('runs the engine without any privilege', async () => {
    expect(await ok('info', '--format', '{{json .SecurityOptions}}')).toContain('rootless');
    if (process.getuid?.() !== 0) return;
    expect((await stat(daemon.socket)).uid).not.toBe(0);
    const [answer]: IncomingMessage[] = await once(
      get({ socketPath: daemon.socket, path: '/lapstrake/doctor' }),
      'response',
    );
    expect(JSON.parse(answer === undefined ? '' : await text(answer))).toMatchObject({
      rows: expect.arrayContaining([
        expect.objectContaining({ choice: ids === 'range' ? 'rootless' : 'rootless-single-id' }),
      ]),
    });
  });

  test('runs a container, in which it is root', async () => {
    expect(await ok('run', '--rm', 'busybox', 'echo', 'hello')).toBe('hello');
    expect(await ok('run', '--rm', 'busybox', 'id', '-u')).toBe('0');
  });

  test('keeps what a container writes apart from the image', async () => {
    await ok('run', '--name', 'writer', 'busybox', 'sh', '-c', 'echo mine > /etc/motd; rm /etc/group');
    expect(await ok('diff', 'writer')).toMatch(/D \/etc\/group/);
    expect(await ok('run', '--rm', 'busybox', 'ls', '/etc/group')).toBe('/etc/group');
    await ok('rm', 'writer');
  });

  test('reaches a published port', async () => {
    const port = await freePort();
    const server = `echo -e 'HTTP/1.0 200 OK\\r\\n\\r\\nfrom inside' > /page; nc -l -p 80 < /page`;
    await ok('run', '-d', '--name', 'server', '-p', `127.0.0.1:${port}:80`, 'busybox', 'sh', '-c', server);
    await expect
      .poll(() => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text(), String), { timeout: 10_000 })
      .toContain('from inside');
    await ok('rm', '-f', 'server');
  });

  test('mounts volumes in memory and in folders, and says what it may not mount', async () => {
    const look = 'stat -c %u /memory; df -m /memory | tail -1; ls /folder';
    await ok('volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', '-o', 'o=size=2m', 'memory');
    await ok('volume', 'create', '-o', 'type=none', '-o', `device=${daemon.root}`, '-o', 'o=bind', 'folder');
    const seen = await ok('run', '--rm', '-v', 'memory:/memory', '-v', 'folder:/folder', 'busybox', 'sh', '-c', look);
    expect(seen).toMatch(/^0\ntmpfs +2 .*lapstraked\.lock/s);
    await ok('volume', 'create', '-o', 'type=ext4', '-o', 'device=/dev/loop0', 'disk');
    const { code, stderr } = await daemon.docker('run', '--rm', '-v', 'disk:/disk', 'busybox', 'true');
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(
      /failed to mount local volume: mount \/dev\/loop0:.* denied \(an engine of an ordinary user/,
    );
    await ok('volume', 'rm', 'memory', 'folder', 'disk');
  });

  test('gives containers IPv6 of a network of the user’s own', async () => {
    await ok('network', 'create', '--ipv6', 'six');
    await ok('run', '-d', '--name', 'near', '--network', 'six', 'busybox', 'sleep', '1000');
    const script = 'ping -6 -c1 -W1 near && ip -6 route';
    expect(await ok('run', '--rm', '--network', 'six', 'busybox', 'sh', '-c', script)).toMatch(
      /default via fd.*::1 dev/,
    );
    await ok('network', 'create', '--ipv6', 'apart');
    const address = await ok('inspect', '-f', '{{.NetworkSettings.Networks.six.GlobalIPv6Address}}', 'near');
    const away = ['run', '--rm', '--network', 'apart', 'busybox', 'ping', '-6', '-c1', '-W1', address];
    expect((await daemon.docker(...away)).stdout).toContain('100% packet loss');
    // The way out has that subnet itself.
    const clash = await daemon.docker('network', 'create', '--ipv6', '--subnet', 'fd00::/64', 'clash');
    expect(clash.stderr).toContain('Pool overlaps with other one on this address space');
    await ok('rm', '-f', 'near');
    await ok('network', 'rm', 'six', 'apart');
  });

  test('gives root of a container no rights over files of the host, by set-user-ID programs neither', async () => {
    const shared = await mkdtemp(join(tmpdir(), 'lapstrake-shared-'));
    try {
      await chmod(shared, 0o777);
      const raise = 'cp /bin/busybox /x/raised; chown 0:0 /x/raised; chmod 4755 /x/raised';
      const script = `id -u; cat /shadow && echo read; ${raise}; cat /proc/1/comm; touch /x/end`;
      const options = ['--init', '-v', `${shared}:/x`, '-v', '/etc/shadow:/shadow:ro'];
      const { stdout, stderr } = await daemon.docker('run', '--rm', ...options, 'busybox', 'sh', '-c', script);
      expect({ stdout, stderr }).toMatchObject({
        stdout: '0\ndocker-init\n',
        stderr: expect.stringContaining('Permission denied'),
      });
      const { uid, mode } = await stat(join(shared, 'raised'));
      expect({ mode: mode & 0o7777, isRoot: uid === 0 }).toEqual({ mode: 0o4755, isRoot: false });
    } finally {
      await rm(shared, { recursive: true, force: true });
    }
  });

  test('lets a container join the shared memory of another', async () => {
    await ok('run', '-d', '--name', 'donor', '--ipc', 'shareable', 'busybox', 'sleep', '1000');
    await ok('exec', 'donor', 'sh', '-c', 'echo shared > /dev/shm/x');
    expect(await ok('run', '--rm', '--ipc', 'container:donor', 'busybox', 'cat', '/dev/shm/x')).toBe('shared');
    await ok('rm', '-f', 'donor');
  });

  test('gives a container devices by another name, the processes of the host, and a higher OOM score', async () => {
    const script = 'head -c 3 /dev/other | wc -c; cat /proc/self/oom_score_adj; test -d /proc/$KNOWN && echo known';
    const wanted = ['--device', '/dev/zero:/dev/other', '--oom-score-adj', '500', '--pid', 'host'];
    const known = ['-e', `KNOWN=${daemon.pid}`];
    expect(await ok('run', '--rm', ...wanted, ...known, 'busybox', 'sh', '-c', script)).toBe('3\n500\nknown');
  });

  test('is told what only root can give, and of a user that there is not', async () => {
    const names = ['--hostname', 'boat', '--domainname', 'sea.org'];
    const { code, stdout, stderr } = await daemon.docker('run', '--rm', ...names, 'busybox', 'hostname', '-f');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'boat.sea.org\n' });
    expect(stderr).toContain('WARNING: The sandbox does not support domain names');
    const stranger = ids === 'range' ? '70000' : '1';
    const refused = await daemon.docker('run', '--rm', '-u', stranger, 'busybox', 'true');
    expect(refused.code).toBe(125);
    expect(refused.stderr).toContain(`the engine of an ordinary user has no user ${stranger} to run as`);
    const nodes = await daemon.docker('run', '--rm', '--cap-add', 'MKNOD', 'busybox', 'true');
    expect(nodes.stderr).toContain('WARNING: The sandbox lets no container open device nodes of its own');
  });

  test('is told of a limit that cannot be kept', async () => {
    const { code, stdout, stderr } = await daemon.docker('run', '--rm', '-m', '64m', 'busybox', 'echo', 'on');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'on\n' });
    const limits = await ok('info', '--format', '{{.MemoryLimit}}');
    expect(stderr.includes('WARNING')).toBe(limits === 'false');
    await ok('create', '--name', 'limited', '-m', '64m', 'busybox', 'true');
    expect(await ok('update', '--restart', 'always', 'limited')).toBe('limited');
    const again = await ok('update', '-m', '32m', '--memory-swap', '64m', 'limited');
    expect(again.includes('discarded')).toBe(limits === 'false');
    await ok('rm', 'limited');
  });

  test('builds without running anything', async () => {
    const context = await mkdtemp(join(tmpdir(), 'lapstrake-context-'));
    try {
      await writeFile(join(context, 'greeting'), 'hello from a file\n');
      await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nCOPY greeting /greeting\nCMD ["cat", "/greeting"]\n');
      await ok('build', '-t', 'greeter', context);
      expect(await ok('run', '--rm', 'greeter')).toBe('hello from a file');
    } finally {
      await rm(context, { recursive: true, force: true });
    }
  });

  test('builds with RUN', async () => {
    const context = await mkdtemp(join(tmpdir(), 'lapstrake-context-'));
    try {
      await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nRUN echo made > /made\n');
      await ok('build', '-t', 'maker', context);
      expect(await ok('run', '--rm', 'maker', 'cat', '/made')).toBe('made');
    } finally {
      await rm(context, { recursive: true, force: true });
    }
  });
});
