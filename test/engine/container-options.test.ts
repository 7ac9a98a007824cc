import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { busyboxDaemon } from './busybox-daemon.ts';
import { ask } from './engine-state.ts';

// What users ask of containers: honoured, warned about or refused, never passed over.

const { daemon, ok } = busyboxDaemon();

test('a port of SCTP is exposed, and shown', async () => {
  expect(
    await daemon.docker('run', '-d', '--name', 'sctp', '--expose', '80/sctp', 'busybox', 'sleep', '1000'),
  ).toMatchObject({ code: 0 });
  const { stdout } = await daemon.docker('ps', '--filter', 'expose=80/sctp', '--format', '{{.Names}} {{.Ports}}');
  expect(stdout).toBe('sctp 80/sctp\n');
  await daemon.docker('rm', '-f', 'sctp');
});

test.each([
  [['--gpus', 'all'], 'could not select device driver'],
  [['--log-driver', 'syslog'], "no log driver named 'syslog'"],
  [['--log-opt', 'max-siz=1m'], "unknown log opt 'max-siz'"],
  [['--log-opt', 'max-size=lots'], "invalid size: 'lots'"],
  [['--storage-opt', 'size=1G'], '--storage-opt is not supported'],
  [['--volume-driver', 'nfs', '-v', 'some:/x'], 'plugin "nfs" not found'],
  [['--mount', 'type=volume,dst=/x,volume-driver=nfs'], 'plugin "nfs" not found'],
  [['--runtime', 'kata'], 'unknown or invalid runtime name: kata'],
  [['--pid', 'other'], 'PID mode'],
  [['--ipc', 'other'], 'invalid IpcMode: other'],
  [['--cpuset-mems', '0-63'], 'Requested memory nodes are not available - requested 0-63, available: 0'],
  [['-p', '5000:80/sctp'], 'port 80/sctp cannot be published: this engine forwards TCP and UDP'],
  [['--oom-score-adj', '2000'], 'oom score adj'],
  [['--network', 'container:nobody', '--dns', '10.0.0.1'], 'conflicting options: dns'],
  [['--uts', 'host', '--hostname', 'mine'], 'conflicting options: hostname'],
  [['--mount', 'type=tmpfs,src=/a,dst=/x'], 'Source must not be specified'],
  [['--mount', 'type=bind,src=/etc,dst=/x,bind-propagation=odd'], 'invalid propagation mode: odd'],
  [['--mount', 'type=bind,dst=/x'], 'field Source must not be empty'],
  [['--mount', 'type=volume,dst=/x,readonly'], 'must not set ReadOnly mode when using anonymous volumes'],
  [['--security-opt', 'no-new-privileges=odd'], 'invalid --security-opt: "no-new-privileges=odd"'],
  [['--tmpfs', 'x'], 'must be absolute'],
])('%j is refused', async (options, message) => {
  const { code, stderr } = await daemon.docker('create', ...options, 'busybox', 'true');
  expect(code).not.toBe(0);
  expect(stderr.toLowerCase()).toContain(message.toLowerCase());
});

test('a variable without a name is refused', async () => {
  const wanted = { Image: 'busybox', Env: ['A=1', '=B'] };
  const { status, text } = await ask(daemon, 'POST', '/containers/create', { json: wanted });
  expect({ status, text }).toEqual({ status: 400, text: expect.stringContaining('invalid environment variable: =B') });
});

test.each([
  ['--volumes-from', 'nobody'],
  ['--ipc', 'container:nobody'],
  ['--link', 'nobody'],
])('%s %s names no container, and is not taken for a missing image', async (option, value) => {
  const { stderr } = await daemon.docker('create', option, value, 'busybox');
  expect(stderr.trim()).toBe('Error response from daemon: No such container: nobody');
});

test.each([
  [['inspect', 'nobody'], 'No such object: nobody'],
  [['ps', '--filter', 'status=odd'], "Invalid filter 'status=odd'"],
  [['network', 'ls', '--filter', 'type=odd'], "Invalid filter 'type=odd'"],
  [['volume', 'ls', '--filter', 'odd=1'], "Invalid filter 'odd'"],
  [['network', 'create', '-d', 'host', 'odd'], 'only one instance of "host" network is allowed'],
  [['create', '--tmpfs', '/', 'busybox'], "destination can't be '/'"],
  [['network', 'create', '--config-only', 'odd'], 'cannot be a configuration'],
  [['network', 'create', '--ipam-driver', 'odd', 'odd'], 'plugin "odd" not found'],
  [['network', 'create', '--opt', 'com.docker.network.driver.mtu=odd', 'odd'], 'invalid value "odd"'],
])('docker %j says what is wrong', async (words, message) => {
  const { code, stderr } = await daemon.docker(...words);
  expect(code).not.toBe(0);
  expect(stderr).toContain(message);
});

test('a running container takes no policy, keys or devices that there are not', async () => {
  await ok('run', '-d', '--name', 'steady', 'busybox', 'sh', '-c', 'trap "exit 9" 35; while :; do sleep .1; done');
  const failed = [
    ['update', '--restart', 'odd', 'steady'],
    ['exec', '--detach-keys', 'odd', 'steady', 'true'],
    ['rename', 'steady', 'steady'],
  ];
  for (const words of failed) expect((await daemon.docker(...words)).code).toBe(1);
  await ok('kill', '--signal', 'RTMIN+1', 'steady');
  expect(await ok('wait', 'steady')).toBe('9');
  expect((await daemon.docker('run', '--rm', '--device', '/dev/nobody', 'busybox')).stderr).toContain(
    'no such file or directory',
  );
  expect(await ok('run', '--rm', '--device', '/dev/net:/dev/mine', 'busybox', 'ls', '/dev/mine')).toBe('tun');
  await ok('rm', 'steady');
});

test('a filter of system calls of one’s own holds, for what is executed later too', async () => {
  const profile = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      { names: ['mkdir'], action: 'SCMP_ACT_ERRNO', errnoRet: 28, excludes: { caps: ['CAP_SYS_ADMIN'] } },
      { names: ['rmdir'], action: 'SCMP_ACT_ERRNO', includes: { caps: ['CAP_SYS_ADMIN'] } },
    ],
  };
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-seccomp-'));
  await writeFile(join(folder, 'profile.json'), JSON.stringify(profile));
  const option = ['--security-opt', `seccomp=${join(folder, 'profile.json')}`];
  await ok('run', '-d', '--name', 'filtered', ...option, 'busybox', 'sleep', '1000');
  const { code, stderr } = await daemon.docker('exec', 'filtered', 'mkdir', '/a');
  expect([code, stderr]).toEqual([1, expect.stringContaining('No space left')]);
  await ok('exec', 'filtered', 'rmdir', '/tmp');
  await ok('rm', '-f', 'filtered');
  await rm(folder, { recursive: true });
});

test('a container that joins another’s network goes by its name, and has its hosts', async () => {
  const names = ['--hostname', 'shared.example', '--add-host', 'db:10.1.2.3', '--dns', '10.9.9.9'];
  await ok('run', '-d', '--name', 'owner', ...names, 'busybox', 'sleep', '1000');
  const look = 'hostname; cat /etc/hosts /etc/resolv.conf';
  const out = await ok('run', '--rm', '--network', 'container:owner', 'busybox', 'sh', '-c', look);
  expect(out).toMatch(/^shared.example\n/);
  for (const line of ['10.1.2.3\tdb\n', '\tshared.example shared\n', 'nameserver 10.9.9.9'])
    expect(out).toContain(line);
  await ok('rm', '-f', 'owner');
});

test('options of a network: the size of packets, neighbours apart, ports on one address', async () => {
  const option = (name: string, value: string) => ['--opt', `com.docker.network.${name}=${value}`];
  const options = [
    ...option('driver.mtu', '1400'),
    ...option('bridge.enable_icc', 'false'),
    ...option('bridge.host_binding_ipv4', '127.0.0.1'),
  ];
  await ok('network', 'create', ...options, 'apart');
  const on = ['--network', 'apart'];
  const serve = 'echo page > /tmp/index.html; exec httpd -f -p 80 -h /tmp';
  await ok('run', '-d', '--name', 'one', ...on, '-p', '80', 'busybox', 'sh', '-c', serve);
  expect(await ok('port', 'one', '80')).toMatch(/^127\.0\.0\.1:\d+$/);
  const look = 'cat /sys/class/net/eth0/mtu; ping -c1 -W2 one >/dev/null && echo reached';
  const { stdout } = await daemon.docker('run', '--rm', ...on, 'busybox', 'sh', '-c', look);
  expect(stdout).toBe('1400\n');
  const page = async () => (await fetch(`http://${await ok('port', 'one', '80')}/`)).text();
  await expect.poll(() => page().catch(String)).toBe('page\n');
  await ok('rm', '-f', 'one');
  await ok('network', 'rm', 'apart');
});

test('what has no effect is a warning', async () => {
  const options = ['--cpu-rt-period', '1000000', '--cpu-rt-runtime', '1000'];
  const { stderr } = await daemon.docker('create', '--name', 'warned', ...options, 'busybox');
  for (const field of ['CpuRealtimePeriod', 'CpuRealtimeRuntime']) expect(stderr).toContain(field);
  await ok('rm', 'warned');
});

test.each([
  ['container:kept', 'bridge', 'sharing network namespace with another container or host cannot be connected'],
  ['host', 'bridge', 'sharing network namespace with another container or host cannot be connected'],
  ['bridge', 'none', 'cannot be connected to multiple networks with one of the networks in private (none) mode'],
])('--network %s beside --network %s is refused, and nothing is made', async (one, other, says) => {
  await ok('run', '-d', '--name', 'kept', 'busybox', 'sleep', '1000');
  const { code, stderr } = await daemon.docker(
    'run',
    '--name',
    'torn',
    '--network',
    one,
    '--network',
    other,
    'busybox',
  );
  expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining(says) });
  expect(await ok('ps', '-aq', '--filter', 'name=torn')).toBe('');
  await ok('rm', '-f', 'kept');
});

test('who removes a container that is paused is told to unpause it, and events part a program from its words', async () => {
  const since = String(Date.now() / 1000);
  await ok('run', '-d', '--name', 'held', 'busybox', 'sleep', '1000');
  await ok('exec', 'held', 'true');
  await ok('pause', 'held');
  expect((await daemon.docker('rm', 'held')).stderr).toContain('Unpause and then stop the container before');
  await ok('rm', '-f', 'held');
  const filters = ['--filter', 'container=held', '--format', '{{json .}}'];
  const events = await ok('events', '--since', since, '--until', String(Date.now() / 1000), ...filters);
  expect(events).toContain('"exec_create: true "');
  expect(events).toContain('"exec_start: true "');
  expect(events).toMatch(/"execDuration":"\d+"/);
});

test('a stop signal is the client’s, where its version has it', async () => {
  const script = 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done';
  for (const [version, exitCode] of [
    ['1.41', '9'],
    ['1.42', '137'],
  ] as const) {
    await ok('run', '-d', '--name', 'traps', 'busybox', 'sh', '-c', script);
    await expect.poll(() => ok('logs', 'traps')).toBe('ready');
    expect(await ask(daemon, 'POST', `/v${version}/containers/traps/stop?signal=KILL`)).toMatchObject({ status: 204 });
    expect(await ok('inspect', '-f', '{{.State.ExitCode}}', 'traps')).toBe(exitCode);
    await ok('rm', 'traps');
  }
});

test('a linked container is found by its alias, in hosts and variables, until the link is taken away', async () => {
  await ok('run', '-d', '--name', 'store', '--expose', '6379', '-e', 'WHAT=things', 'busybox', 'sleep', '1000');
  const out = await ok('run', '--name', 'user', '--link', 'store:db', 'busybox', 'sh', '-c', 'env; ping -c1 db');
  expect(out).toMatch(/^DB_PORT_6379_TCP_ADDR=\d/m);
  expect(out).toContain('DB_NAME=/user/db');
  expect(out).toContain('DB_ENV_WHAT=things');
  expect(out).toContain('1 packets received');
  for (const [link, says] of [
    ['user', 'Conflict, cannot remove the default link name of the container'],
    ['user/none', 'No such container: user/none'],
    ['nobody/x', 'No such container: nobody/x'],
  ] as const) {
    expect((await daemon.docker('rm', '--link', link)).stderr).toContain(says);
  }
  await ok('rm', '--link', '/user/db');
  expect(await ok('inspect', '-f', '{{.HostConfig.Links}}', 'user')).toBe('[]');
  await ok('kill', 'store');
  await ok('rm', 'user');
  const late = await daemon.docker('run', '--rm', '--link', 'store', 'busybox', 'true');
  expect(late.stderr).toContain('Cannot link to a non running container');
  await ok('rm', 'store');
});

test('a container is attached to over a websocket, both ways', async () => {
  await ok('create', '-i', '--name', 'echo', 'busybox', 'sh', '-c', 'read line; echo got $line');
  const text = await new Promise<string>((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
    const path = '/containers/echo/attach/ws?stream=1&stdin=1&stdout=1';
    const key = { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' };
    const sent = request({ socketPath: daemon.socket, path, headers: { ...headers, ...key } });
    sent.on('upgrade', (response, socket) => {
      expect(response.headers['sec-websocket-accept']).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('end', () => resolve(Buffer.concat(chunks).toString('latin1')));
      const mask = Buffer.from([1, 2, 3, 4]);
      const payload = Buffer.from('hello\n').map((byte, index) => byte ^ mask[index % 4]!);
      ok('start', 'echo').then(() => socket.write(Buffer.concat([Buffer.from([0x81, 0x86]), mask, payload])), reject);
    });
    sent.on('error', reject).end();
  });
  expect(text).toBe('\x82\x0agot hello\n\x88\x00');
  expect((await ask(daemon, 'GET', '/containers/echo/attach/ws')).status).toBe(400);
  await ok('rm', '-f', 'echo');
});

test('details of a log are what its options name', async () => {
  const options = ['--label', 'team=blue', '-e', 'ZONE=north', '--log-opt', 'labels=team', '--log-opt', 'env=ZONE'];
  await ok('run', '--name', 'told', ...options, 'busybox', 'echo', 'said');
  expect(await ok('logs', '--details', 'told')).toBe('ZONE=north,team=blue said');
  await ok('rm', 'told');
});

test('a container that fails is started again, later each time and so often as it may be', async () => {
  await ok('run', '-d', '--name', 'again', '--restart', 'on-failure:3', 'busybox', 'sh', '-c', 'date +%s%N; exit 7');
  const state = (): Promise<string> =>
    ok('inspect', '-f', '{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}', 'again');
  await expect.poll(state).toBe('3 exited 7');
  const times = (await ok('logs', '-t', 'again')).split('\n').map((line) => Date.parse(line.split(' ')[0] ?? ''));
  const gaps = times.slice(1).map((time, index) => time - times[index]!);
  expect(gaps.length).toBe(3);
  expect(gaps[2]).toBeGreaterThan(350);
  await ok('update', '--restart', 'no', 'again');
  await ok('rm', 'again');
});

test('limits change while a container runs', async () => {
  await ok('run', '-d', '--name', 'bound', '-m', '64m', 'busybox', 'sleep', '1000');
  await ok('update', '-m', '32m', '--memory-swap', '64m', '--cpus', '0.5', '--pids-limit', '40', 'bound');
  const stats: unknown = JSON.parse((await ask(daemon, 'GET', '/containers/bound/stats?stream=0&one-shot=1')).text);
  expect(stats).toMatchObject({ memory_stats: { limit: 32 * 1024 * 1024 }, pids_stats: { limit: 40 } });
  expect(await ok('inspect', '-f', '{{.HostConfig.NanoCpus}}', 'bound')).toBe('500000000');
  await ok('create', '--rm', '--name', 'fleeting', 'busybox', 'true');
  const kept = await daemon.docker('update', '--restart', 'always', 'fleeting');
  expect(kept.stderr).toContain('Restart policy cannot be updated because AutoRemove is enabled');
  const unbound = await daemon.docker('update', '-m', '32m', 'fleeting');
  expect(unbound.stderr).toContain('update the memoryswap at the same time');
  await ok('rm', '-f', 'bound', 'fleeting');
});

test('networks come and go under a running container, and wait for one that rests', async () => {
  await ok('network', 'create', 'one');
  await ok('run', '-d', '--name', 'first', '--network', 'one', '--network-alias', 'known', 'busybox', 'sleep', '1000');
  await ok('run', '-d', '--name', 'second', 'busybox', 'sleep', '1000');
  expect((await daemon.docker('exec', 'second', 'ping', '-c1', 'known')).code).not.toBe(0);
  await ok('network', 'connect', '--link', 'first:linked', 'one', 'second');
  const id = (await ok('inspect', '-f', '{{.Id}}', 'first')).slice(0, 12);
  const addresses = (name: string) => ok('inspect', '-f', '{{json .NetworkSettings.Networks.one.IPAMConfig}}', name);
  expect([await addresses('first'), await addresses('second')]).toEqual(['null', '{}']);
  for (const name of ['first', 'known', id, 'first.one', 'linked']) await ok('exec', 'second', 'ping', '-c1', name);
  await ok('network', 'disconnect', 'one', 'second');
  expect((await daemon.docker('exec', 'second', 'ping', '-c1', 'known')).code).not.toBe(0);
  await ok('create', '--name', 'third', 'busybox', 'ping', '-c1', 'known');
  await ok('network', 'connect', 'one', 'third');
  expect(await ok('start', '-a', 'third')).toContain('1 packets received');
  for (const network of ['host', 'none'])
    expect(await daemon.docker('network', 'connect', network, 'second')).toMatchObject({ code: 1 });
  await ok('create', '--name', 'fourth', 'busybox', 'true');
  const outside = await daemon.docker('network', 'connect', '--ip', '203.0.113.9', 'one', 'fourth');
  expect(outside.stderr).toContain('no configured subnet contains IP address 203.0.113.9');
  await ok('start', '-a', 'fourth');
  await ok('rm', '-f', 'first', 'second', 'third', 'fourth');
  await ok('network', 'rm', 'one');
});

test('a container without a network leaves that, and then joins one while it runs', async () => {
  await ok('network', 'create', 'later');
  await ok('run', '-d', '--name', 'lone', '--network', 'none', 'busybox', 'sleep', '1000');
  const early = await daemon.docker('network', 'connect', 'later', 'lone');
  expect(early.stderr).toContain('with one of the networks in private (none) mode');
  await ok('network', 'disconnect', 'none', 'lone');
  await ok('network', 'connect', 'later', 'lone');
  expect(await ok('exec', 'lone', 'ip', '-4', 'addr')).toContain('eth0');
  await ok('rm', '-f', 'lone');
  await ok('network', 'rm', 'later');
});

test('a paused container is killed, stopped and removed all the same', async () => {
  const status = (): Promise<string> => ok('inspect', '-f', '{{.State.Status}}', 'frozen');
  await ok('run', '-d', '--name', 'frozen', 'busybox', 'sh', '-c', 'trap "" TERM; while :; do sleep 1; done');
  await ok('pause', 'frozen');
  await ok('kill', '-s', 'TERM', 'frozen');
  expect(await status()).toBe('running');
  await ok('pause', 'frozen');
  await ok('kill', '-s', 'WINCH', 'frozen');
  expect(await status()).toBe('running');
  await ok('pause', 'frozen');
  await ok('kill', 'frozen');
  expect(await status()).toBe('exited');
  await ok('start', 'frozen');
  await ok('pause', 'frozen');
  await ok('rm', '-f', 'frozen');
  await ok('run', '-d', '--name', 'frozen', '--stop-signal', 'TERM', 'busybox', 'sleep', '1000');
  await ok('pause', 'frozen');
  await ok('kill', '-s', 'WINCH', 'frozen');
  expect(await status()).toBe('paused');
  await ok('rm', '-f', 'frozen');
});

test('lists are filtered by names that are regular expressions, and ps shows what runs unless asked', async () => {
  await ok('network', 'create', 'sea-1');
  await ok('volume', 'create', 'sea-2');
  expect(await ok('network', 'ls', '-f', 'name=^se.-1$', '--format', '{{.Name}}')).toBe('sea-1');
  expect(await ok('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Subnet}}', 'bridge')).not.toBe('');
  expect(await ok('volume', 'ls', '-q', '-f', 'name=^se.-2$')).toBe('sea-2');
  expect(await ok('volume', 'ls', '-q', '-f', 'name=^ea')).toBe('');
  await daemon.docker('run', '--name', 'ended', '--expose', '81', 'busybox', 'sh', '-c', 'exit 44');
  expect(await ok('ps', '-q', '-f', 'exited=44')).toBe('');
  expect(await ok('ps', '-a', '-f', 'exited=44', '--format', '{{.Names}}')).toBe('ended');
  expect(await ok('ps', '-a', '-q', '-f', 'expose=81')).toBe('');
  await ok('rm', 'ended');
  await ok('network', 'rm', 'sea-1');
  await ok('volume', 'rm', 'sea-2');
});
