import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busyboxDaemon } from './busybox-daemon.ts';
import { ask } from './engine-state.ts';
import type { CommandResult } from './real-daemon.ts';

// What came with each version of the API from 1.42 on, and that it is not there before.

const { daemon, ok } = busyboxDaemon();
let folder: string;

/** What a client of a version gets; fails where the status is not 2xx. */
async function get(version: string, path: string) {
  const { status, text } = await ask(daemon, 'GET', `/v${version}${path}`);
  expect({ path, status, text: status < 300 ? '' : text }).toEqual({ path, status: 200, text: '' });
  return JSON.parse(text);
}

function create(version: string, json: object): ReturnType<typeof ask> {
  return ask(daemon, 'POST', `/v${version}/containers/create`, { json: { Image: 'busybox', ...json } });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-versions-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('negotiation', () => {
  test('docker speaks 1.50 with it, and is told what else it may speak', async () => {
    const client = '{{.Client.APIVersion}} {{.Server.APIVersion}} {{.Server.MinAPIVersion}}';
    expect(await ok('version', '--format', client)).toBe('1.50 1.50 1.24');
    const { Components } = await get('1.50', '/version');
    expect(Components[0]).toMatchObject({ Name: 'Engine', Details: { ApiVersion: '1.50', MinAPIVersion: '1.24' } });
  });

  test.each([
    ['1.51', 'client version 1.51 is too new. Maximum supported API version is 1.50'],
    ['1.23', 'client version 1.23 is too old. Minimum supported API version is 1.24'],
  ])('%s is refused', async (version, message) => {
    const { status, text } = await ask(daemon, 'GET', `/v${version}/info`);
    expect(status).toBe(400);
    expect(JSON.parse(text).message).toContain(message);
  });
});

describe('what answers look like', () => {
  test('images', async () => {
    const old = await get('1.41', '/images/busybox/json');
    expect(old).toMatchObject({ VirtualSize: old.Size, Container: expect.any(String), Config: { Tty: false } });
    expect(old).not.toHaveProperty('Descriptor');
    const now = await get('1.50', '/images/busybox/json');
    for (const gone of ['VirtualSize', 'Container', 'ContainerConfig', 'Config.Tty', 'Config.Hostname', 'Manifests']) {
      expect(now).not.toHaveProperty(gone);
    }
    expect(now).toMatchObject({ Config: { Cmd: ['sh'] }, Descriptor: { digest: expect.stringMatching(/^sha256:/) } });
    expect((await get('1.44', '/images/busybox/json')).Container).toBeDefined();
    expect((await get('1.50', '/images/busybox/json?manifests=1')).Manifests).toHaveLength(1);
    const [listed] = await get('1.46', '/images/json?manifests=1');
    expect(listed).not.toHaveProperty('Manifests');
    expect((await get('1.47', '/images/json?manifests=1'))[0].Manifests[0].ImageData.Platform.os).toBe('linux');
  });

  test('an image without a name', async () => {
    await writeFile(join(folder, 'Dockerfile'), 'FROM busybox\nLABEL nameless=yes\n');
    const id = await ok('build', '-q', folder);
    const found = async (version: string) =>
      (await get(version, '/images/json')).find((each: { Id: string }) => each.Id === id);
    expect(await found('1.42')).toMatchObject({ RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] });
    expect(await found('1.43')).toMatchObject({ RepoTags: [], RepoDigests: [], VirtualSize: expect.any(Number) });
    expect(await found('1.44')).not.toHaveProperty('VirtualSize');
    await ok('rmi', id);
  });

  test('info', async () => {
    const old = await get('1.41', '/info');
    expect(old).toMatchObject({ BridgeNfIptables: true, RuncCommit: { Expected: '' } });
    expect(old.RegistryConfig.AllowNondistributableArtifactsCIDRs).toEqual([]);
    expect((await get('1.48', '/info')).RegistryConfig.AllowNondistributableArtifactsCIDRs).toBeNull();
    expect((await get('1.49', '/info')).BridgeNfIptables).toBe(false);
    const now = await get('1.50', '/info');
    for (const gone of [
      'BridgeNfIptables',
      'RegistryConfig.AllowNondistributableArtifactsCIDRs',
      'RuncCommit.Expected',
    ]) {
      expect(now).not.toHaveProperty(gone);
    }
    expect(now).toMatchObject({
      CDISpecDirs: [],
      FirewallBackend: { Driver: expect.stringMatching(/^(iptables|nftables|none)$/) },
    });
  });

  test('disk usage, of one kind where one is asked for', async () => {
    expect(await get('1.41', '/system/df?type=volume')).toMatchObject({
      BuilderSize: 0,
      Images: [{ VirtualSize: expect.any(Number) }],
    });
    const volumes = await get('1.42', '/system/df?type=volume');
    expect(volumes).toMatchObject({ Images: null, Containers: null, Volumes: [], BuildCache: null });
    expect(volumes).not.toHaveProperty('BuilderSize');
    const { status, text } = await ask(daemon, 'GET', '/v1.42/system/df?type=socks');
    expect({ status, text }).toEqual({ status: 400, text: expect.stringContaining('unknown object type: socks') });
  });

  test('containers and their networks', async () => {
    await ok('network', 'create', 'shapes');
    const id = await ok(
      'run',
      '-d',
      '--name',
      'shaped',
      '--network',
      'shapes',
      '--network-alias',
      'web',
      '--annotation',
      'a=b',
      'busybox',
      'sleep',
      '1000',
    );
    const short = id.slice(0, 12);
    const endpoint = async (version: string) =>
      (await get(version, '/containers/shaped/json')).NetworkSettings.Networks.shapes;
    expect(await endpoint('1.43')).toMatchObject({ Aliases: ['web', short] });
    expect(await endpoint('1.43')).not.toHaveProperty('DNSNames');
    expect(await endpoint('1.44')).toMatchObject({ Aliases: ['web', short], DNSNames: ['shaped', 'web', short] });
    expect(await endpoint('1.50')).toMatchObject({
      Aliases: ['web'],
      DNSNames: ['shaped', 'web', short],
      GwPriority: 0,
    });
    const host = async (version: string) => (await get(version, '/containers/shaped/json')).HostConfig;
    expect(await host('1.41')).toMatchObject({ KernelMemory: 0, KernelMemoryTCP: 0 });
    expect(await host('1.42')).not.toHaveProperty('KernelMemory');
    expect((await host('1.50')).Annotations).toEqual({ a: 'b' });
    expect(await get('1.47', '/containers/shaped/json')).not.toHaveProperty('ImageManifestDescriptor');
    const { Descriptor } = await get('1.50', '/images/busybox/json');
    const manifest = { digest: Descriptor.digest, platform: { os: 'linux' } };
    expect(await get('1.48', '/containers/shaped/json')).toMatchObject({ ImageManifestDescriptor: manifest });
    expect((await get('1.48', '/containers/json'))[0]).toMatchObject({ ImageManifestDescriptor: manifest });
    expect((await get('1.45', '/containers/json'))[0].HostConfig).not.toHaveProperty('Annotations');
    expect((await get('1.46', '/containers/json'))[0].HostConfig.Annotations).toEqual({ a: 'b' });
    expect(await get('1.47', '/networks/shapes')).not.toHaveProperty('EnableIPv4');
    expect(await get('1.48', '/networks/shapes')).toMatchObject({ EnableIPv4: true });
    const listed = async (version: string) =>
      (await get(version, '/networks?filters={"name":["shapes"]}'))[0].Containers;
    expect((await get('1.41', '/networks/shapes')).Containers).toHaveProperty(id);
    expect(await listed('1.27')).toHaveProperty(id);
    expect(await listed('1.28')).toEqual({});
    await ok('rm', '-f', 'shaped');
    await ok('network', 'rm', 'shapes');
  });

  test('streams say what they are', async () => {
    await ok('run', '--name', 'said', 'busybox', 'echo', 'hello');
    const type = (path: string): Promise<string | undefined> =>
      new Promise((resolve, reject) => {
        const sent = request({ socketPath: daemon.socket, path }, (answer) => {
          answer.resume();
          resolve(answer.headers['content-type']);
        });
        sent.on('error', reject).end();
      });
    expect(await type('/v1.41/containers/said/logs?stdout=1')).toBeUndefined();
    expect(await type('/v1.42/containers/said/logs?stdout=1')).toBe('application/vnd.docker.multiplexed-stream');
    await ok('rm', 'said');
    await ok('run', '-t', '--name', 'said', 'busybox', 'echo', 'hello');
    expect(await type('/v1.42/containers/said/logs?stdout=1')).toBe('application/vnd.docker.raw-stream');
    await ok('rm', 'said');
  });
});

describe('what create takes', () => {
  test.each([
    ['1.44', { Type: 'volume', Source: 'v', Target: '/v', VolumeOptions: { Subpath: 'x' } }, 'needs API v1.45'],
    ['1.47', { Type: 'image', Source: 'busybox', Target: '/i' }, 'needs API v1.48'],
    [
      '1.43',
      { Type: 'bind', Source: '/tmp', Target: '/t', ReadOnly: true, BindOptions: { ReadOnlyForceRecursive: true } },
      'needs API v1.44',
    ],
    ['1.42', { Type: 'tmpfs', Target: '/t', BindOptions: {} }, 'BindOptions must not be specified on mount type'],
    [
      '1.50',
      { Type: 'volume', Source: 'v', Target: '/v', VolumeOptions: { Subpath: '../x' } },
      'subpath must be a relative path',
    ],
    [
      '1.50',
      { Type: 'volume', Target: '/v', VolumeOptions: { Subpath: 'x' } },
      'must not set Subpath when using anonymous',
    ],
    ['1.50', { Type: 'tmpfs', Target: '/t', TmpfsOptions: { Options: [['suid']] } }, 'invalid option: suid'],
    [
      '1.50',
      { Type: 'bind', Source: '/tmp', Target: '/t', BindOptions: { ReadOnlyNonRecursive: true } },
      'mount options conflict',
    ],
  ])('%s: %j is refused', async (version, mount, message) => {
    const { status, text } = await create(version, { HostConfig: { Mounts: [mount] } });
    expect({ status, text }).toEqual({ status: 400, text: expect.stringContaining(message) });
  });

  test('what an older version passed over is still taken', async () => {
    const { status, text } = await create('1.41', {
      HostConfig: { Mounts: [{ Type: 'tmpfs', Target: '/t', BindOptions: {} }] },
    });
    expect(status).toBe(201);
    await ok('rm', JSON.parse(text).Id);
  });

  test('the container-wide MAC address moves to its network, with a warning', async () => {
    const mac = '02:42:ac:11:00:99';
    const EndpointsConfig = { bridge: {} };
    const wanted = { MacAddress: mac, HostConfig: { NetworkMode: 'bridge' }, NetworkingConfig: { EndpointsConfig } };
    expect(JSON.parse((await create('1.43', wanted)).text).Warnings).toEqual([]);
    const made = JSON.parse((await create('1.44', wanted)).text);
    expect(made.Warnings).toEqual([expect.stringContaining('MacAddress field is now deprecated')]);
    const { NetworkSettings } = await get('1.50', `/containers/${made.Id}/json`);
    expect(NetworkSettings.Networks.bridge.MacAddress).toBe(mac);
    const other = { ...wanted, NetworkingConfig: { EndpointsConfig: { bridge: { MacAddress: '02:42:ac:11:00:98' } } } };
    expect(await create('1.44', other)).toMatchObject({ status: 400, text: expect.stringContaining('must match') });
    await ok('container', 'prune', '-f');
  });

  test('several networks, from 1.44 on', async () => {
    const wanted = { NetworkingConfig: { EndpointsConfig: { one: {}, two: {} } } };
    const { status, text } = await create('1.43', wanted);
    expect({ status, text }).toEqual({ status: 400, text: expect.stringContaining('network endpoints: one, two') });
  });

  test('the name of an interface, which must be one', async () => {
    const named = (name: string) => ({
      Cmd: ['ls', '/sys/class/net'],
      NetworkingConfig: { EndpointsConfig: { bridge: { DriverOpts: { 'com.docker.network.endpoint.ifname': name } } } },
    });
    const made = JSON.parse((await create('1.50', named('lan0'))).text);
    expect(await ok('start', '-a', made.Id)).toBe('lan0\nlo');
    for (const name of ['', 'a/b', 'much-longer-than-15']) expect((await create('1.50', named(name))).status).toBe(400);
    const taken = JSON.parse((await create('1.50', named('lo'))).text);
    expect((await daemon.docker('start', taken.Id)).stderr).toContain('has an interface lo already');
    await ok('container', 'prune', '-f');
  });

  test('a setting of an interface belongs to its endpoint from 1.48 on', async () => {
    const Sysctls = { 'net.ipv4.conf.eth0.log_martians': '1' };
    expect((await create('1.47', { HostConfig: { Sysctls } })).status).toBe(201);
    const { status, text } = await create('1.48', { HostConfig: { Sysctls } });
    expect({ status, text }).toEqual({
      status: 400,
      text: expect.stringContaining('com.docker.network.endpoint.sysctls'),
    });
    await ok('container', 'prune', '-f');
  });
});

describe('what docker asks for from 1.42 on', () => {
  test('volumes with a name are pruned with -a alone', async () => {
    await ok('volume', 'create', 'named');
    await ok('run', '--name', 'user', '-v', '/nameless', 'busybox', 'true');
    await ok('rm', 'user');
    const pruned = await ok('volume', 'prune', '-f');
    expect(pruned).toMatch(/[0-9a-f]{64}/);
    expect(pruned).not.toContain('named\n');
    expect(await ok('volume', 'ls', '-q')).toBe('named');
    expect(await ok('volume', 'prune', '-af')).toContain('named');
    await ok('volume', 'create', 'named');
    expect((await ask(daemon, 'POST', '/v1.41/volumes/prune')).text).toContain('named');
  });

  test('a path of a volume, which no link leads out of', async () => {
    const inside = (path: string, command: string): Promise<CommandResult> =>
      daemon.docker(
        'run',
        '--rm',
        '--mount',
        `type=volume,src=parts,dst=/p,volume-subpath=${path}`,
        'busybox',
        'sh',
        '-c',
        command,
      );
    await ok(
      'run',
      '--rm',
      '-v',
      'parts:/p',
      'busybox',
      'sh',
      '-c',
      'mkdir -p /p/a/b; echo deep > /p/a/b/file; ln -s a/b /p/short; ln -s /etc /p/etc; ln -s ../../.. /p/a/up; echo top > /p/top',
    );
    expect((await inside('a/b', 'cat /p/file; echo more > /p/new')).stdout).toBe('deep\n');
    expect((await inside('short', 'cat /p/new')).stdout).toBe('more\n');
    expect((await inside('top', 'cat /p')).stdout).toBe('top\n');
    for (const way of ['etc', 'a/up', 'a/up/etc']) {
      expect((await inside(way, 'ls /p')).stderr).toContain('links lead out of the volume');
    }
    expect((await inside('missing', 'true')).stderr).toContain('no such file or directory');
    await ok('create', '--name', 'copied', '--mount', 'type=volume,src=parts,dst=/p,volume-subpath=a/b', 'busybox');
    await ok('cp', 'copied:/p/file', join(folder, 'file'));
    await ok('rm', 'copied');
    await ok('volume', 'rm', 'parts');
  });

  test('an image is mounted read-only, and stays though it goes', async () => {
    await writeFile(join(folder, 'Dockerfile'), 'FROM busybox\nRUN mkdir /data && echo shown > /data/file\n');
    await ok('build', '-q', '-t', 'shown', folder);
    const mount = ['--mount', 'type=image,src=shown,dst=/img'];
    expect(
      await ok('run', '--rm', ...mount, 'busybox', 'sh', '-c', 'cat /img/data/file; touch /img/x 2>&1 || echo kept'),
    ).toMatch(/shown\n.*Read-only.*\nkept/);
    expect(
      await ok('run', '--rm', '--mount', 'type=image,src=shown,dst=/img,image-subpath=data', 'busybox', 'ls', '/img'),
    ).toBe('file');
    await ok('create', '--name', 'viewer', ...mount, 'busybox', 'cat', '/img/data/file');
    expect(await ok('inspect', '-f', '{{(index .Mounts 0).Type}} {{(index .Mounts 0).Name}}', 'viewer')).toBe(
      'image shown',
    );
    await ok('rmi', 'shown');
    expect(await ok('start', '-a', 'viewer')).toBe('shown');
    await ok('rm', 'viewer');
    const missing = await daemon.docker('create', '--mount', 'type=image,src=shown,dst=/img', 'busybox');
    expect(missing.stderr).toContain('No such image: shown');
  });

  test('a health check has an interval of its own while it starts', async () => {
    await ok(
      'run',
      '-d',
      '--name',
      'starting',
      '--health-cmd',
      'true',
      '--health-start-period',
      '60s',
      '--health-start-interval',
      '200ms',
      '--health-interval',
      '60s',
      'busybox',
      'sleep',
      '1000',
    );
    await expect
      .poll(() => ok('inspect', '-f', '{{.State.Health.Status}}', 'starting'), { timeout: 15_000 })
      .toBe('healthy');
    expect((await get('1.50', '/containers/starting/json')).Config.Healthcheck.StartInterval).toBe(200_000_000);
    await ok('rm', '-f', 'starting');
  });

  test('several networks and their MAC addresses at create', async () => {
    await ok('network', 'create', 'one');
    await ok('network', 'create', 'two');
    const out = await ok(
      'run',
      '--rm',
      '--network',
      'name=one,mac-address=02:42:00:00:00:01',
      '--network',
      'name=two,mac-address=02:42:00:00:00:02',
      'busybox',
      'ip',
      'link',
    );
    expect(out).toMatch(/eth0[\s\S]*02:42:00:00:00:01[\s\S]*eth1[\s\S]*02:42:00:00:00:02/);
    const opt = 'driver-opt=com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.log_martians=1';
    const file = '/proc/sys/net/ipv4/conf/eth0/log_martians';
    expect(await ok('run', '--rm', '--network', `name=one,${opt}`, 'busybox', 'cat', file)).toBe('1');
    const wrong = opt.replace('IFNAME', 'eth0');
    const { stderr } = await daemon.docker('run', '--rm', '--network', `name=one,${wrong}`, 'busybox', 'true');
    expect(stderr).toContain('unrecognised network interface sysctl');
    await ok('network', 'rm', 'one', 'two');
  });

  test('the network with the higher priority is the way out, and of equal ones the first by name', async () => {
    await ok('network', 'create', 'alpha');
    await ok('network', 'create', 'beta');
    const gateway = async (network: string): Promise<string> =>
      ok('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Gateway}}', network);
    const [alpha, beta] = [await gateway('alpha'), await gateway('beta')];
    const ip = async (): Promise<string> => (await ok('exec', 'routed', 'ip', 'route')).split('\n')[0] ?? '';
    await ok('run', '-d', '--name', 'routed', '--network', 'beta', 'busybox', 'sleep', '1000');
    expect(await ip()).toContain(`default via ${beta} `);
    await ok('network', 'connect', 'alpha', 'routed');
    expect(await ip()).toContain(`default via ${alpha} `);
    await ok('network', 'disconnect', 'alpha', 'routed');
    expect(await ip()).toContain(`default via ${beta} `);
    await ok('network', 'connect', '--gw-priority', '-1', 'alpha', 'routed');
    expect(await ip()).toContain(`default via ${beta} `);
    const { NetworkSettings } = await get('1.50', '/containers/routed/json');
    expect(NetworkSettings.Networks).toMatchObject({ alpha: { GwPriority: -1 }, beta: { GwPriority: 0 } });
    await ok('restart', '-t', '0', 'routed');
    expect(await ip()).toContain(`default via ${beta} `);
    await ok('rm', '-f', 'routed');
    await ok('create', '--name', 'routed', '--network', 'beta', 'busybox', 'sleep', '1000');
    await ok('network', 'disconnect', 'beta', 'routed');
    await ok('network', 'connect', 'alpha', 'routed');
    await ok('start', 'routed');
    expect(await ip(), 'one that was taken off its network before its start').toContain(`default via ${alpha} `);
    await ok('rm', '-f', 'routed');
    await ok('network', 'rm', 'alpha', 'beta');
  });

  test('images by platform', async () => {
    expect(await ok('images', '--tree')).toContain('busybox:latest');
    const { Architecture } = await get('1.50', '/images/busybox/json');
    const [own, other] = Architecture === 'amd64' ? ['linux/amd64', 'linux/arm64'] : ['linux/arm64', 'linux/amd64'];
    expect(await ok('history', '-q', '--platform', own, 'busybox')).not.toBe('');
    expect((await daemon.docker('history', '--platform', other, 'busybox')).stderr).toContain(
      'does not match the specified platform',
    );
    expect(await ok('image', 'inspect', '--platform', own, '-f', '{{.Os}}', 'busybox')).toBe('linux');
    expect((await daemon.docker('image', 'inspect', '--platform', other, 'busybox')).stderr).toContain(
      'does not match',
    );
    const tar = join(folder, 'saved.tar');
    await ok('save', '--platform', own, '-o', tar, 'busybox');
    expect(
      (await daemon.docker('save', '--platform', other, '-o', join(folder, 'none.tar'), 'busybox')).stderr,
    ).toContain('does not match');
    expect(await ok('load', '--platform', own, '-i', tar)).toContain('Loaded image: busybox:latest');
    expect((await daemon.docker('load', '--platform', other, '-i', tar)).stderr).toContain(
      'no image for this platform',
    );
    const both = await ask(
      daemon,
      'GET',
      `/v1.50/images/busybox/json?manifests=1&platform=${encodeURIComponent(own!)}`,
    );
    expect(both.status).toBe(400);
    await ok('tag', 'busybox', 'going');
    expect((await daemon.docker('rmi', '--platform', other, 'going')).stderr).toContain('does not match');
    expect(await ok('rmi', '--platform', own, 'going')).toContain('Untagged: going:latest');
  });

  test('that an image was made is told, by build and by commit', async () => {
    await writeFile(join(folder, 'Dockerfile'), 'FROM busybox\nLABEL told=yes\n');
    const id = await ok('build', '-q', folder);
    await ok('create', '--name', 'base', 'busybox');
    const committed = await ok('commit', 'base');
    await ok('rm', 'base');
    const filters = encodeURIComponent(JSON.stringify({ type: ['image'], event: ['create'] }));
    const events = async (version: string): Promise<string[]> => {
      const path = `/v${version}/events?since=1&until=${Date.now() / 1000}&filters=${filters}`;
      const lines = (await ask(daemon, 'GET', path)).text.split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line).Actor.ID);
    };
    expect(await events('1.46')).toEqual(expect.arrayContaining([id, committed]));
    expect(await events('1.45')).toEqual([]);
    await ok('rmi', id, committed);
  });

  test('a build cache is pruned down to the size that is asked for, from 1.48 on', async () => {
    await writeFile(join(folder, 'Dockerfile'), 'FROM busybox\nRUN echo pruned >/file\n');
    await ok('rmi', await ok('build', '-q', folder));
    const pruned = async (version: string, query: string): Promise<unknown> =>
      JSON.parse((await ask(daemon, 'POST', `/v${version}/build/prune?all=1${query}`)).text).CachesDeleted;
    expect(await pruned('1.48', '&max-used-space=100000000000')).toBeNull();
    expect(await pruned('1.48', '')).not.toBeNull();
    expect(await pruned('1.48', '')).toBeNull();
  });

  test('read-only binds are so with what is mounted below, unless they are not to be', async () => {
    // A mount of every machine's, in a folder of the host's.
    const file = `/f/shm/${basename(folder)}`;
    const write = async (...options: readonly string[]): Promise<string> =>
      (await daemon.docker('run', '--rm', ...options, 'busybox', 'touch', file)).stderr;
    try {
      expect(await write('-v', '/dev:/f:ro')).toContain('Read-only file system');
      const mount = 'type=bind,src=/dev,dst=/f,readonly';
      expect(await write('--mount', `${mount},bind-recursive=readonly,bind-propagation=rprivate`)).toContain(
        'Read-only',
      );
      expect(await write('--mount', `${mount},bind-recursive=disabled`)).toContain('Read-only file system');
      expect(await write('--mount', `${mount},bind-recursive=writable`)).toBe('');
      const { text } = await create('1.43', { Cmd: ['touch', file], HostConfig: { Binds: ['/dev:/f:ro'] } });
      expect((await daemon.docker('start', '-a', JSON.parse(text).Id)).stderr).toBe('');
      await ok('rm', JSON.parse(text).Id);
    } finally {
      await rm(`/dev/shm/${basename(folder)}`, { force: true });
    }
  });

  test('a tmpfs may run programs where it is asked to', async () => {
    const { text } = await create('1.46', {
      Cmd: ['grep', ' /t ', '/proc/mounts'],
      HostConfig: { Mounts: [{ Type: 'tmpfs', Target: '/t', TmpfsOptions: { Options: [['exec']] } }] },
    });
    const { Id } = JSON.parse(text);
    expect(await ok('start', '-a', Id)).toMatch(/tmpfs .*nosuid/);
    expect((await ok('logs', Id)).includes('noexec')).toBe(false);
    await ok('rm', Id);
  });

  test('that something was pruned is told of each kind', async () => {
    const since = String(Date.now() / 1000);
    for (const kind of ['container', 'network', 'volume']) await ok(kind, 'prune', '-f');
    await ask(daemon, 'POST', '/build/prune');
    const until = String(Date.now() / 1000);
    const format = '{{.Type}} {{.Actor.Attributes.reclaimed}}';
    const told = await ok('events', '--since', since, '--until', until, '--filter', 'event=prune', '--format', format);
    expect(told.split('\n')).toEqual(['container 0', 'network 0', 'volume 0', expect.stringMatching(/^builder \d+$/)]);
  });

  test('what needs a swarm is refused', async () => {
    const answer = await ask(daemon, 'POST', '/v1.50/volumes/create', { json: { Name: 'c', ClusterVolumeSpec: {} } });
    expect(answer).toMatchObject({ status: 503, text: expect.stringContaining('not a swarm manager') });
    expect((await ask(daemon, 'PUT', '/v1.50/volumes/c', { json: {} })).status).toBe(503);
    const network = await ask(daemon, 'POST', '/v1.50/networks/create', { json: { Name: 'n', EnableIPv4: false } });
    expect(network).toMatchObject({ status: 400, text: expect.stringContaining('cannot go without IPv4') });
  });
});
