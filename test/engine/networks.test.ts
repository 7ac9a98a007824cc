import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { KeptUplink } from '../../runtime/networks/kept-uplink.ts';
import { openNetworks } from '../../runtime/networks/local-networks.ts';
import type { Networks } from '../../runtime/networks/networks.ts';
import { run } from '../../runtime/os/spawn.ts';

const root = join(import.meta.dirname, '../..');
const bridgeName = `lapt${process.pid}`;
let bundles: string;
let folder: string;
let networks: Networks;
const openAs = (access: 'root' | 'rootless', name: string): Promise<Networks> =>
  openNetworks({
    folder: join(folder, name),
    runtimeFolder: join(folder, `${name}-netns`),
    threadPath: join(bundles, 'network-thread.js'),
    bridgeName,
    access,
    defaultBridge: { ipv6: undefined },
  });
const open = (): Promise<Networks> => openAs('root', 'records');
const isRunning = (pid: number): Promise<boolean> =>
  stat(`/proc/${pid}`).then(
    () => true,
    () => false,
  );
const inside = async (netns: string | undefined, ...command: string[]): Promise<string> =>
  (await run('nsenter', [`--net=${netns}`, ...command])).stdout.toString();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-networks-'));
  // Inside the repository, so that the bundle finds koffi.
  bundles = await mkdtemp(join(root, 'node_modules/.lapstrake-test-'));
  await build({
    entryPoints: [join(root, 'runtime/networks/thread/main.ts')],
    outfile: join(bundles, 'network-thread.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['koffi'],
    logLevel: 'silent',
  });
  networks = await open();
});

afterEach(async () => {
  for (const id of ['c1', 'c2', 'c3', 'c4']) await networks.release(id);
});

afterAll(async () => {
  await networks.dispose();
  expect(await readdir(join(folder, 'records-netns'))).toEqual([]);
  expect(await readdir('/sys/class/net')).not.toContain(bridgeName);
  await rm(folder, { recursive: true });
  await rm(bundles, { recursive: true });
});

it('shows the predefined networks as Docker does', async () => {
  const records = await networks.list();
  expect(records.map(({ Name, Driver }) => [Name, Driver]).sort()).toEqual([
    ['bridge', 'bridge'],
    ['host', 'host'],
    ['none', 'null'],
  ]);
  await expect(networks.remove('bridge')).rejects.toMatchObject({
    kind: 'forbidden',
    message: 'bridge is a pre-defined network and cannot be removed',
  });
});

it('gives containers addresses from which they reach each other, and shows them', async () => {
  const one = await networks.attach('c1', { containerName: 'one', mode: 'default', ports: [] });
  const two = await networks.attach('c2', { containerName: 'two', mode: 'bridge', ports: [] });
  expect(one.endpoints[0]).toMatchObject({ networkName: 'bridge', interfaceName: 'eth0' });
  const { Subnet: subnet } = (await networks.inspect('bridge')).IPAM.Config[0] ?? {};
  expect(subnet).toMatch(new RegExp(`/${one.endpoints[0]?.prefix}$`));
  expect(await inside(one.netnsPath, 'busybox', 'ping', '-c1', '-W1', two.endpoints[0]?.ip ?? '')).toContain(
    '1 packets received',
  );
  expect(await inside(one.netnsPath, 'busybox', 'ping', '-c1', '-W1', one.endpoints[0]?.gateway ?? '')).toContain(
    '1 packets received',
  );
  const stats = await networks.stats('c1');
  expect(stats.eth0?.txBytes).toBeGreaterThan(0);
  expect((await networks.inspect('bridge')).Containers.c2).toMatchObject({
    Name: 'two',
    IPv4Address: `${two.endpoints[0]?.ip}/${two.endpoints[0]?.prefix}`,
  });
  await networks.release('c1');
  await networks.release('c2');
  expect((await networks.inspect('bridge')).Containers).toEqual({});
});

it('publishes a port as long as the container is attached', async () => {
  const attached = await networks.attach('c1', {
    containerName: 'one',
    mode: 'default',
    ports: [{ containerPort: 80, protocol: 'tcp', hostIp: '127.0.0.1', hostPort: 0 }],
  });
  const script = 'require("net").createServer((s) => s.end("hello")).listen(80, () => console.log("up"))';
  const server = spawn('nsenter', [`--net=${attached.netnsPath}`, process.execPath, '-e', script]);
  await once(server.stdout, 'data');
  const port = attached.ports[0]!.hostPort;
  let answer = '';
  for await (const chunk of connect({ port, host: '127.0.0.1' })) answer += String(chunk);
  expect(answer).toBe('hello');
  const taken = networks.attach('c2', {
    containerName: 'two',
    mode: 'default',
    ports: [{ containerPort: 80, protocol: 'tcp', hostIp: '127.0.0.1', hostPort: port }],
  });
  await expect(taken).rejects.toMatchObject({ kind: 'conflict', code: 'port-taken' });
  expect(networks.attachment('c2')).toBeUndefined();
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
  await networks.release('c1');
  const [refused] = await once(connect({ port, host: '127.0.0.1' }), 'error');
  expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
});

it('shares another container’s network, the host’s, or none', async () => {
  const one = await networks.attach('c1', { containerName: 'one', mode: 'none', ports: [] });
  expect(await inside(one.netnsPath, 'ls', '/sys/class/net').then(() => one.endpoints)).toEqual([]);
  const two = await networks.attach('c2', { containerName: 'two', mode: 'container:c1', ports: [] });
  expect(two.namespace).toEqual(one.namespace);
  expect((await networks.attach('c3', { containerName: 'three', mode: 'host', ports: [] })).namespace).toBe('host');
  for (const id of ['c1', 'c2', 'c3']) await networks.release(id);
  await expect(networks.attach('c4', { containerName: 'x', mode: 'nope', ports: [] })).rejects.toMatchObject({
    message: 'network nope not found',
  });
});

it('makes, joins, leaves and removes a network of the user’s own, and keeps it between runs', async () => {
  const made = await networks.create({ name: 'mine', labels: { a: 'b' } });
  await expect(networks.create({ name: 'mine' })).rejects.toMatchObject({
    kind: 'conflict',
    message: 'network with name mine already exists',
  });
  const again = await open();
  expect(await again.inspect(made.Id.slice(0, 12))).toEqual(made);
  await again.dispose();
  const attached = await networks.attach('c1', { containerName: 'one', mode: 'default', ports: [] });
  const endpoint = await networks.connect('mine', 'c1');
  expect(endpoint.interfaceName).toBe('eth1');
  expect(await inside(attached.netnsPath, 'ip', '-br', 'address')).toContain(`${endpoint.ip}/`);
  await expect(networks.remove('mine')).rejects.toMatchObject({ kind: 'forbidden' });
  await networks.disconnect('mine', 'c1');
  await networks.release('c1');
  expect(await networks.prune()).toEqual(['mine']);
});

it('takes over the way out of a killed daemon of an ordinary user, and ends it', async () => {
  const killed = await openAs('rootless', 'rootless');
  const next = await openAs('rootless', 'rootless');
  try {
    await killed.attach('c1', { containerName: 'one', mode: 'default', ports: [] });
    const { pid } = JSON.parse(await readFile(join(folder, 'rootless/attached/uplink'), 'utf8'));
    await next.recover(new Set(['c1']));
    expect(await next.nameservers()).toEqual(['10.0.2.3']);
    await next.dispose();
    await expect.poll(() => isRunning(pid)).toBe(false);
  } finally {
    await next.dispose();
    await killed.dispose();
  }
});

it('ends the way out of an earlier daemon of an ordinary user, whether it was needed again or not', async () => {
  await networks.attach('c1', { containerName: 'one', mode: 'none', ports: [] });
  const { netnsPath = '' } = networks.attachment('c1') ?? {};
  const record = join(folder, 'uplink');
  for (const need of ['needed', 'not needed']) {
    const earlier = await new KeptUplink(record).start(netnsPath);
    expect(earlier).toMatchObject({ program: 'slirp4netns', pid: expect.any(Number) });
    await using kept = new KeptUplink(record);
    await kept.recover('found');
    const again = need === 'needed' ? await kept.start(netnsPath) : undefined;
    expect(again?.pid).toBe(need === 'needed' ? earlier?.pid : undefined);
    expect(await isRunning(earlier?.pid ?? 0)).toBe(true);
    await again?.[Symbol.asyncDispose]();
    await kept[Symbol.asyncDispose]();
    await expect.poll(() => isRunning(earlier?.pid ?? 0)).toBe(false);
    await expect(stat(record)).rejects.toThrow('ENOENT');
  }
});
