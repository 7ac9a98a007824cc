import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ipBytes } from '../../runtime/os/ip-bytes.ts';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type RealDockerd, startRealDockerd } from '../harness/real-dockerd.ts';
import { okay } from './okay.ts';
import { type OutsideHost, startOutsideHost } from './outside-host.ts';
import { type CommandResult, command, type Launcher, type RealDaemon, startRealDaemon } from './real-daemon.ts';

// Networks with IPv6, beside dockerd's where its answer does not depend on chance.

/** Unlike any other network's of this machine: `fd` and what is random (RFC 4193). */
const site = `fd${randomBytes(1).toString('hex')}:${randomBytes(2).toString('hex')}`.replace(/:0+/, ':');

let registry: BaseImages;
let daemon: RealDaemon;
let dockerd: RealDockerd;
let outside: OutsideHost;

const ok = async (...args: readonly string[]): Promise<string> => okay(await daemon.docker(...args));

const inside = (container: string, script: string): Promise<CommandResult> =>
  daemon.docker('exec', container, 'sh', '-c', script);
const ping = async (container: string, address: string): Promise<boolean> =>
  (await inside(container, `ping -6 -c1 -W1 ${address}`)).code === 0;
const endpoint = async (container: string, network: string) =>
  JSON.parse(await ok('inspect', '-f', '{{json .NetworkSettings.Networks}}', container))[network];
const rules = async (): Promise<string[]> =>
  (await command('ip6tables-save', [])).stdout.split('\n').filter((line) => line.startsWith('-A'));

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  [daemon, dockerd, outside] = await Promise.all([
    startRealDaemon(['--registry-mirror', registry.registryUrl]),
    startRealDockerd(registry.registryUrl),
    startOutsideHost(`${site}:ffff::`),
  ]);
  await Promise.all([daemon.docker('pull', 'busybox'), dockerd.docker('pull', 'busybox')]);
  await ok('network', 'create', '--ipv6', '--subnet', `${site}:1::/64`, 'six');
  await ok('network', 'create', '--ipv6', 'own');
  await ok('network', 'create', 'four');
  const published = ['--network', 'six', '-p', '127.0.0.1::80', '-p', '[::1]::80'];
  const serve = (at: string) => ['busybox', 'httpd', '-f', '-p', `${at}:80`, '-h', '/etc'];
  await ok('run', '-d', '--name', 'web', '--ip6', `${site}:1::80`, ...published, ...serve(`[${site}:1::80]`));
  await ok('run', '-d', '--name', 'older', ...published, ...serve('0.0.0.0'));
  await ok('run', '-d', '--name', 'one', '--network', 'six', 'busybox', 'sleep', '1000');
  await ok('run', '-d', '--stop-timeout', '0', '--name', 'two', '--network', 'own', 'busybox', 'sleep', '1000');
  await ok('run', '-d', '--stop-timeout', '0', '--name', 'three', '--network', 'four', 'busybox', 'sleep', '1000');
});

afterAll(async () => {
  await daemon?.docker('rm', '-f', 'web', 'older', 'one', 'two', 'three');
  const left = await daemon?.stop();
  await dockerd?.[Symbol.asyncDispose]();
  await outside?.[Symbol.asyncDispose]();
  await registry?.stop();
  expect(left).toEqual([]);
});

/** Digits of an address, the last one first. */
function reverse(address: string): string {
  return [...ipBytes(address).toString('hex')].reverse().join('.');
}

async function post(path: string, body: unknown, { socket } = daemon): Promise<Record<string, unknown>> {
  const asked = request({ socketPath: socket, path, method: 'POST' });
  asked.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  const [answer]: IncomingMessage[] = await once(asked, 'response');
  return { status: answer?.statusCode, ...JSON.parse(answer === undefined ? '{}' : await text(answer)) };
}

test('a network is shown, and its containers, as dockerd shows them', async () => {
  const script = async ({ docker }: Pick<RealDaemon, 'docker'>): Promise<string[]> => {
    const said: string[] = [];
    const say = async (...args: string[]): Promise<void> => {
      const { code, stdout, stderr } = await docker(...args);
      said.push(`${code} ${stdout}${stderr}`.replace(/[\da-f]{12,64}/g, 'ID').trim());
    };
    const four = ['--subnet', '10.213.7.0/24', '--gateway', '10.213.7.1'];
    const six = ['--subnet', `${site}:5::/64`, '--gateway', `${site}:5::fff0`, '--ip-range', `${site}:5::100/120`];
    await say('network', 'create', '--ipv6', ...four, ...six, '--aux-address', `router=${site}:5::100`, 'shown');
    await say('run', '-d', '--name', 'first', '--network', 'shown', 'busybox', 'sleep', '1000');
    const wanted = ['--network', 'shown', '--ip6', `${site}:5:0::99`];
    await say('run', '-d', '--name', 'second', ...wanted, 'busybox', 'sleep', '1000');
    const each = '{{println .Name .MacAddress .IPv4Address .IPv6Address}}';
    for (const format of ['{{.EnableIPv6}}', '{{json .IPAM}}', `{{println}}{{range .Containers}}${each}{{end}}`])
      await say('network', 'inspect', '-f', format, 'shown');
    for (const name of ['first', 'second']) {
      const fields = '{{.IPAddress}} {{.GlobalIPv6Address}} {{.GlobalIPv6PrefixLen}} {{.IPv6Gateway}} {{.MacAddress}}';
      await say('inspect', '-f', `{{with .NetworkSettings.Networks.shown}}${fields}{{end}}`, name);
      await say('inspect', '-f', '{{.NetworkSettings.GlobalIPv6Address}}', name);
    }
    await say('exec', 'first', 'sh', '-c', 'ip -6 addr show eth0 scope global; ip -6 route; cat /etc/hosts');
    await say('exec', 'first', 'sh', '-c', 'nslookup -type=aaaa second; nslookup -type=a second');
    await say('exec', 'first', 'nslookup', '-type=ptr', `${reverse(`${site}:5::99`)}.ip6.arpa`);
    await docker('rm', '-f', 'first', 'second');
    await docker('network', 'rm', 'shown');
    return said.map((text) => text.replace(/\d+: eth0@if\d+/, 'eth0').replace(/qlen \d+/, ''));
  };
  const [ours, theirs] = await Promise.all([script(daemon), script(dockerd)]);
  // Containers are listed by ID.
  const sorted = (said: readonly string[]) => said.map((text) => text.split('\n').sort());
  expect(sorted(ours)).toEqual(sorted(theirs));
});

test('without a subnet a network gets one of its own, that nobody else has', async () => {
  const [, config] = JSON.parse(await ok('network', 'inspect', '-f', '{{json .IPAM.Config}}', 'own'));
  expect(config.Subnet).toMatch(/^fd[\da-f]{2}:.*::\/64$/);
  expect(config.Gateway).toBe(config.Subnet.replace(/\/64$/, '1'));
  expect((await endpoint('two', 'own')).GlobalIPv6Address).toBe(config.Subnet.replace(/\/64$/, '2'));
});

test('containers reach neighbours by name and the outside by the host’s address, and no other network', async () => {
  expect(await ping('one', 'web')).toBe(true);
  const { stdout } = await inside('one', `nc -w 2 ${outside.address} ${outside.port} </dev/null`);
  expect(stdout).toBe(`you are ${outside.hostAddress}\n`);
  const { GlobalIPv6Address: other } = await endpoint('web', 'six');
  expect(await ping('two', other)).toBe(false);
  expect(await ping('three', other)).toBe(false);
  // The host itself reaches it; somebody beyond does not begin a connection, though there is a way.
  expect((await command('busybox', ['ping', '-6', '-c1', '-W1', other])).code).toBe(0);
  expect(await outside.reaches(other)).toBe(false);
});

test('a network without IPv6 has nothing of it', async () => {
  expect((await inside('three', 'ip -6 addr show eth0; ip -6 route')).stdout).toBe('');
  expect((await inside('three', 'ping -6 -c1 -W1 ::1')).code).toBe(0);
  const id = await ok('network', 'inspect', '-f', '{{.Id}}', 'four');
  const { stdout } = await command('ip', ['-6', 'addr', 'show', 'dev', `br-${id.slice(0, 12)}`]);
  expect(stdout).toBe('');
});

test.each([
  ['web', 'IPv6'],
  ['older', 'IPv4'],
])('published ports reach %s, which listens on %s only', async (name) => {
  const ports = (await ok('port', name, '80')).split('\n');
  expect(ports).toHaveLength(2);
  const fetched = (where: string): Promise<string> =>
    fetch(`http://${where}/hosts`).then(
      (answer) => answer.text(),
      () => '',
    );
  for (const where of ports) await expect.poll(() => fetched(where)).toContain(`${site}:1::`);
});

test('a container that joins gets an address and a way out, which move on when it leaves', async () => {
  await ok('network', 'connect', '--ip6', `${site}:1::77`, 'six', 'three');
  expect(await endpoint('three', 'six')).toMatchObject({ GlobalIPv6Address: `${site}:1::77`, GlobalIPv6PrefixLen: 64 });
  expect((await inside('three', 'cat /etc/hosts')).stdout).toContain(`${site}:1::77\t`);
  expect((await inside('three', 'ip -6 route')).stdout).toContain(`default via ${site}:1::1 dev eth1`);
  expect(await ping('three', 'web')).toBe(true);
  await ok('network', 'connect', 'own', 'three');
  const { IPv6Gateway: next } = await endpoint('three', 'own');
  await ok('network', 'disconnect', 'six', 'three');
  expect((await inside('three', 'ip -6 route')).stdout).toContain(`default via ${next} dev eth2`);
  // Its address is free again.
  await ok('network', 'connect', '--ip6', `${site}:1::77`, 'six', 'three');
  for (const each of ['six', 'own']) await ok('network', 'disconnect', each, 'three');
});

describe('what is wrong is said as dockerd says it', () => {
  beforeAll(async () => {
    await dockerd.docker('network', 'create', '--ipv6', '--subnet', `${site}:1::/64`, 'six');
    await dockerd.docker('network', 'create', 'four');
  });

  test.each([
    [['--network', 'six', '--ip6', '10.1.1.1'], 'invalid IPv6 address: 10.1.1.1'],
    [['--network', 'six', '--ip6', '::ffff:10.1.1.1'], 'invalid IPv6 address: ::ffff:10.1.1.1'],
    [['--network', 'six', '--ip6', 'nonsense'], 'invalid IPv6 address: nonsense'],
    [['--network', 'six', '--ip', 'fd00::1'], 'invalid IPv4 address: fd00::1'],
    [
      ['--network', 'four', '--ip6', 'fd00::1'],
      /supported only when connecting to networks with user configured subnets/,
    ],
    [
      ['--network', 'bridge', '--ip6', 'fd00::1'],
      'user specified IP address is supported on user defined networks only',
    ],
    [['--network', 'six', '--ip6', `${site}:2::1`], /[Ii]nvalid address .*:2::1: [iI]t/],
    [['--network', 'six', '--ip6', `${site}:1::1`], 'Address already in use'],
  ])('run %j', async (options, message) => {
    for (const engine of [daemon, dockerd]) {
      const { code, stderr } = await engine.docker('run', '--rm', ...options, 'busybox', 'true');
      expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringMatching(message) });
    }
  });

  test.each([
    [{ Subnet: `${site}:1::/64` }, 403, 'Pool overlaps with other one on this address space'],
    [{ Subnet: `${site}:1::/48` }, 403, 'Pool overlaps with other one on this address space'],
    [{ Subnet: `${site}:6::/64`, Gateway: `${site}:7::1` }, 400, 'it is not in the subnet'],
    [{ Subnet: `${site}:6::/64`, Gateway: '10.1.1.1' }, 400, 'invalid gateway 10.1.1.1'],
    [{ Subnet: `${site}:6::/64`, IPRange: `${site}:7::/80` }, 400, 'it is not in the subnet'],
    [{ Subnet: `${site}:6::/64`, AuxiliaryAddresses: { r: `${site}:7::1` } }, 400, 'it is not in the subnet'],
    [{ Subnet: 'fd00:zz::/64' }, 400, 'invalid subnet fd00:zz::/64'],
    [{ Subnet: 'fe80::/64' }, 400, 'link-local'],
    [{ Gateway: `${site}:6::1` }, 400, 'it needs a subnet'],
  ])('network %j', async (config, status, message) => {
    const body = { Name: 'wrong', EnableIPv6: true, IPAM: { Config: [config] } };
    const answer = await post('/networks/create', body);
    expect(answer).toEqual({ status, message: expect.stringContaining(message) });
    expect(await ok('network', 'ls', '-q', '--filter', 'name=wrong')).toBe('');
  });

  test('an IPv6 subnet without --ipv6 is not used, which a warning says', async () => {
    const body = { Name: 'unused', IPAM: { Config: [{ Subnet: `${site}:8::/64` }] } };
    expect(await post('/networks/create', body)).toMatchObject({
      status: 201,
      Warning: expect.stringContaining('is not used'),
    });
    expect(await ok('network', 'inspect', '-f', '{{.EnableIPv6}}', 'unused')).toBe('false');
    await ok('network', 'rm', 'unused');
  });
});

test('a killed daemon’s rules are made once again, addresses stay, and only its own rules go in the end', async () => {
  const foreign = ['FORWARD', '-i', 'lap-foreign', '-j', 'ACCEPT'];
  await command('ip6tables', ['-A', ...foreign]);
  try {
    const id = await ok('network', 'inspect', '-f', '{{.Id}}', 'six');
    const about = async (): Promise<string[]> => (await rules()).filter((rule) => rule.includes(id.slice(0, 12)));
    const [before, address] = [await about(), await endpoint('one', 'six')];
    expect(before.length).toBeGreaterThan(3);
    await daemon.restart('SIGKILL');
    expect((await endpoint('one', 'six')).GlobalIPv6Address).toBe(address.GlobalIPv6Address);
    // There may be more networks to be kept apart from by now.
    const after = await about();
    expect(after).toEqual(expect.arrayContaining(before));
    expect(new Set(after).size).toBe(after.length);
    expect(await ping('one', 'web')).toBe(true);
    const taken = await daemon.docker('run', '--rm', '--network', 'six', '--ip6', address.GlobalIPv6Address, 'busybox');
    expect(taken.stderr).toContain('Address already in use');
    await ok('rm', '-f', 'one', 'web', 'older');
    await daemon.restart('SIGTERM');
    expect(await about()).toEqual([]);
    expect(await rules()).toContain(`-A ${foreign.join(' ')}`);
    const again = ['run', '--rm', '--network', 'six', 'busybox', 'ip', '-6', 'addr', 'show', 'eth0'];
    expect(await ok(...again)).toContain(`${site}:1::2/64`);
  } finally {
    await command('ip6tables', ['-D', ...foreign]);
  }
});

test('the default bridge has IPv6 where the daemon is told so, and keeps it under running containers', async () => {
  const script = 'ip -6 addr show eth0 scope global; ip -6 route; cat /etc/hosts';
  const config = async () => JSON.parse(await ok('network', 'inspect', '-f', '{{json .IPAM.Config}}', 'bridge'));
  const restart = (...options: string[]) => daemon.restart('SIGTERM', undefined, ['--live-restore', ...options]);
  await ok('rm', '-f', 'one', 'web', 'older');
  await restart('--ipv6', '--fixed-cidr-v6', `${site}:d::/64`);
  expect(await ok('network', 'inspect', '-f', '{{.EnableIPv6}}', 'bridge')).toBe('true');
  expect((await config())[1]).toEqual({ Subnet: `${site}:d::/64`, Gateway: `${site}:d::1` });
  const said = await ok('run', '--rm', 'busybox', 'sh', '-c', script);
  expect(said).toContain(`inet6 ${site}:d::2/64`);
  expect(said).toContain(`default via ${site}:d::1 dev eth0`);
  expect(said).toMatch(new RegExp(`^${site}:d::2\\t[0-9a-f]{12}$`, 'm'));
  await ok('run', '-d', '--name', 'one', 'busybox', 'sleep', '1000');
  expect(await ok('inspect', '-f', '{{.NetworkSettings.GlobalIPv6Address}}', 'one')).toBe(`${site}:d::2`);
  const reached = await inside('one', `nc -w 2 ${outside.address} ${outside.port} </dev/null`);
  expect(reached.stdout).toBe(`you are ${outside.hostAddress}\n`);
  await restart();
  expect(daemon.log()).toContain('the network bridge keeps its IPv6 addresses');
  expect(await ping('one', `${site}:d::1`)).toBe(true);
  await ok('rm', '-f', 'one');
  await restart();
  expect(await config()).toHaveLength(1);
  expect(await ok('run', '--rm', 'busybox', 'ip', '-6', 'addr', 'show', 'eth0')).toBe('');
  await expect(restart('--ipv6', '--fixed-cidr-v6', `${site}:1::/64`)).rejects.toThrow('Pool overlaps');
  await expect(restart('--fixed-cidr-v6', `${site}:d::/64`)).rejects.toThrow('which is missing');
  await restart('--ipv6');
  expect((await config())[1].Subnet).toMatch(/^fd.*::\/64$/);
});

test('what a machine lacks is said: tools for rules by a warning, the kernel’s IPv6 by an error', async () => {
  let lacking: keyof typeof LACKING = 'rules';
  await using poor = await startRealDaemon(['--registry-mirror', registry.registryUrl], (launch, folder) =>
    LACKING[lacking](launch, folder),
  );
  await poor.docker('pull', 'busybox');
  const answer = await post('/networks/create', { Name: 'six', EnableIPv6: true }, poor);
  expect(answer).toMatchObject({ status: 201, Warning: expect.stringContaining('Neither ip6tables nor nft works') });
  const run = (network: string) => poor.docker('run', '--rm', '--network', network, 'busybox', 'ip', '-6', 'addr');
  expect((await run('six')).stdout).toMatch(/inet6 fd.* scope global/);
  expect(poor.log()).toContain('Neither ip6tables nor nft works');
  lacking = 'kernel';
  await poor.restart('SIGTERM');
  const refused = await post('/networks/create', { Name: 'more', EnableIPv6: true }, poor);
  expect(refused).toEqual({
    status: 501,
    message: expect.stringContaining('network more cannot have IPv6: the kernel'),
  });
  expect((await poor.docker('network', 'ls', '--format', '{{.Name}}')).stdout).not.toContain('more');
  expect((await run('six')).stderr).toContain('network six cannot have IPv6: the kernel of this machine has none');
  expect(await run('bridge')).toMatchObject({ code: 0 });
  expect((await poor.lapstrake('doctor')).stdout).toContain('no IPv6: the kernel has none');
  expect(await poor.stop()).toEqual([]);
});

/** Ways to start a daemon that sees less than this machine has. */
const LACKING = {
  async rules({ file, args, env }, folder) {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    for (const name of ['ip6tables-restore', 'nft'])
      await writeFile(join(bin, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    return { file, args, env: { ...env, PATH: `${bin}:${env.PATH}` } };
  },
  async kernel({ file, args, env }) {
    const script = 'mount -t tmpfs none /proc/sys/net/ipv6 && exec "$@"';
    return {
      file: 'unshare',
      args: ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', file, ...args],
      env,
    };
  },
} satisfies Record<string, Launcher>;
