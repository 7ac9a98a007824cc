import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type CommandResult, command, type RealDaemon, startRealDaemon } from './real-daemon.ts';

// docker-compose with a project as people have them: services that wait for each other, a network, a volume, names.

const PROJECT = `
services:
  store:
    image: busybox
    stop_signal: SIGKILL
    command: sh -c 'echo kept >>/data/file; touch /ready; sleep 1000'
    volumes: [data:/data]
    healthcheck: {test: [CMD, test, -e, /ready], interval: 100ms, retries: 100}
    networks: {back: {aliases: [keeper]}}
  pages:
    image: busybox
    stop_signal: SIGKILL
    command: httpd -f -p 80 -h /data
    volumes: [data:/data:ro]
    depends_on: {store: {condition: service_healthy}}
    ports: ["127.0.0.1::80"]
    networks: [back, front]
  reader:
    image: busybox
    stop_signal: SIGKILL
    command: sh -c 'wget -qO /got http://pages/file && nslookup keeper && nslookup keeper >/found; sleep 1000'
    depends_on: [pages]
    networks: [back]
networks: {back: {internal: true}, front: {}}
volumes: {data: {}}
`;

const WITH_IPV6 = `
version: "2.4"
services:
  one: {image: busybox, stop_signal: SIGKILL, command: sleep 1000, networks: [dual]}
  two: {image: busybox, stop_signal: SIGKILL, command: sleep 1000, networks: {dual: {ipv6_address: "fdc5:1::22"}}}
networks:
  dual: {enable_ipv6: true, ipam: {config: [{subnet: 10.214.9.0/24}, {subnet: "fdc5:1::/64", gateway: "fdc5:1::1"}]}}
`;

const withOptions = (size: string): string => `
version: "2.4"
services:
  one: {image: busybox, stop_signal: SIGKILL, command: sleep 1000, volumes: ["memory:/memory", "folder:/folder"]}
volumes:
  memory: {driver_opts: {type: tmpfs, device: tmpfs, o: "size=${size},uid=1000"}}
  folder: {driver_opts: {type: none, device: "${folder}", o: bind}}
`;

let registry: BaseImages;
let daemon: RealDaemon;
let folder: string;

const compose = (...args: readonly string[]): Promise<CommandResult> =>
  command('docker-compose', [
    '-H',
    `unix://${daemon.socket}`,
    '-p',
    'demo',
    '-f',
    join(folder, 'compose.yml'),
    ...args,
  ]);

async function up(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await compose(...args);
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-compose-'));
  await writeFile(join(folder, 'compose.yml'), PROJECT);
});

afterAll(async () => {
  const left = await daemon?.stop();
  await registry?.stop();
  await rm(folder, { recursive: true, force: true });
  expect(left).toEqual([]);
});

test('a project of three services comes up, finds itself by name, keeps its volume and goes', async () => {
  await up('up', '-d');
  await expect
    .poll(async () => (await compose('exec', '-T', 'reader', 'cat', '/got', '/found')).stdout)
    .toMatch(/kept\n.*keeper/s);
  const address = (await up('port', 'pages', '80')).trim();
  expect(await (await fetch(`http://${address}/file`)).text()).toBe('kept\n');
  expect(await up('ps')).toMatch(/demo_store_1 .*Up \(healthy\)/);
  await up('down');
  await up('up', '-d');
  await expect
    .poll(async () => (await compose('exec', '-T', 'pages', 'cat', '/data/file')).stdout)
    .toBe('kept\nkept\n');
  expect(await up('logs', 'store')).toContain('store_1');
  await up('down', '-v');
  expect((await daemon.docker('volume', 'ls', '-q')).stdout).toBe('');
  expect((await daemon.docker('network', 'ls', '--filter', 'type=custom', '-q')).stdout).toBe('');
});

test('a project has a network with IPv6, its addresses and names', async () => {
  const other = join(folder, 'six.yml');
  await writeFile(other, WITH_IPV6);
  const six = (...args: readonly string[]): Promise<CommandResult> =>
    command('docker-compose', ['-H', `unix://${daemon.socket}`, '-p', 'six', '-f', other, ...args]);
  expect(await six('up', '-d')).toMatchObject({ code: 0 });
  const script = 'nslookup -type=aaaa two; ping -6 -c1 -W1 two; ip -6 route';
  const { stdout } = await six('exec', '-T', 'one', 'sh', '-c', script);
  expect(stdout).toMatch(/Address: fdc5:1::22\n.*1 packets received.*default via fdc5:1::1 /s);
  expect(await six('down', '-t', '0')).toMatchObject({ code: 0 });
  expect((await daemon.docker('network', 'ls', '--filter', 'type=custom', '-q')).stdout).toBe('');
});

test('a project has volumes in memory and in a folder, and hears where they are others by now', async () => {
  const other = join(folder, 'volumes.yml');
  await writeFile(other, withOptions('2m'));
  const project = (...args: readonly string[]): Promise<CommandResult> =>
    command('docker-compose', ['-H', `unix://${daemon.socket}`, '-p', 'mounted', '-f', other, ...args]);
  expect(await project('up', '-d')).toMatchObject({ code: 0 });
  const { stdout } = await project('exec', '-T', 'one', 'sh', '-c', 'stat -c %u /memory; df -m /memory; ls /folder');
  expect(stdout).toMatch(/^1000\n.*tmpfs +2 .*volumes\.yml/s);
  await writeFile(other, withOptions('3m'));
  expect((await project('up', '-d')).stderr).toContain('specifies "o" driver_opt size=3m,uid=1000');
  expect(await project('down', '-v', '-t', '0')).toMatchObject({ code: 0 });
  expect(await readdir(folder)).toContain('volumes.yml');
});

test('a second up changes nothing, and scaling gives an alias several addresses', async () => {
  await up('up', '-d', 'store');
  const { stderr } = await compose('up', '-d', 'store');
  expect(stderr).toContain('demo_store_1 is up-to-date');
  await up('up', '-d', '--no-deps', '--scale', 'reader=2', 'reader');
  const found = await compose('exec', '-T', 'store', 'nslookup', '-type=a', 'reader');
  expect(found.stdout.match(/^Address.*: \d+\.\d+\.\d+\.\d+$/gm)?.length).toBe(2);
  await up('down', '-v', '-t', '0');
});
