import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { busyboxDaemon } from './busybox-daemon.ts';

// Who is started again, when and by whom: what dockerd 20.10 does, seen beside it, and where newer ones differ, as they do.

const { daemon, ok } = busyboxDaemon();

const state = (name: string): Promise<string> =>
  ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}', name);
/** Fails at once, again and again, until it waits for its next start, so many times a tenth of a second. */
const untilPutOff = async (name: string, tenths: 8 | 16): Promise<void> => {
  await expect.poll(() => state(name), { interval: 20 }).toBe(`restarting 1 ${tenths === 8 ? 4 : 5}`);
};
const actions = (since: number, name: string): Promise<string> =>
  ok(
    ...['events', '--since', String(since), '--until', String(Date.now() / 1000), '--filter', `container=${name}`],
    ...['--format', '{{.Action}}'],
  );
/** The answer to a wait, which begins when the daemon waits. */
const waitFor = async (name: string): Promise<IncomingMessage> => {
  const asked = request({ socketPath: daemon.socket, path: `/containers/${name}/wait`, method: 'POST' }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return answer;
};
const TRAPS = 'trap "exit 5" HUP; trap "exit 6" USR1; echo ready; while [ ! -e /go ]; do sleep 0.05; done; exit 7';

test('who asks for a container that waits for its restart is told to wait, too', async () => {
  await ok('run', '-d', '--name', 'loop', '--restart', 'always', 'busybox', 'false');
  await untilPutOff('loop', 16);
  const { stdout: status } = await daemon.docker('ps', '--filter', 'name=loop', '--format', '{{.Status}}');
  expect(status).toMatch(/^Restarting \(1\) .* ago\n$/);
  const waits = ['exec loop true', 'top loop', 'pause loop', 'run --rm --network container:loop busybox true'];
  const told = await Promise.all(waits.map((line) => daemon.docker(...line.split(' '))));
  for (const { stderr } of told) expect(stderr).toContain('is restarting, wait until the container is running');
  // It counts as running: to start it changes nothing, and its log has an end.
  await ok('start', 'loop');
  await ok('logs', '-f', 'loop');
  expect(await state('loop')).toBe('restarting 1 5');
  const since = Date.now() / 1000;
  const waiting = await waitFor('loop');
  await ok('stop', 'loop');
  expect(await text(waiting)).toContain('"StatusCode":1');
  expect(await state('loop')).toBe('exited 1 5');
  expect(await actions(since, 'loop')).toBe('stop');
});

test('a kill ends the wait, and a start begins anew with the shortest', async () => {
  for (const signal of ['KILL', 'HUP']) {
    const began = Date.now();
    await ok('start', 'loop');
    await untilPutOff('loop', 8);
    // 0.1 + 0.2 + 0.4 s of waiting, and not the seconds of before.
    expect(Date.now() - began).toBeLessThan(6_000);
    await ok('kill', '-s', signal, 'loop');
    expect(await state('loop')).toBe('exited 1 4');
  }
  await ok('start', 'loop');
  await untilPutOff('loop', 8);
  await ok('rm', '-f', 'loop');
});

test('a signal keeps a container from being started again, unless it has a stop signal of its own', async () => {
  const run = async (name: string, policy: string, ...more: string[]): Promise<void> => {
    await ok('run', '-d', '--name', name, '--restart', policy, ...more, 'busybox', 'sh', '-c', TRAPS);
    await expect.poll(() => ok('logs', name)).toBe('ready');
  };
  await run('plain', 'always');
  await run('own', 'always', '--stop-signal', 'USR1');
  await run('own-unless', 'unless-stopped', '--stop-signal', 'USR1');
  const ended = ['plain', 'own', 'own-unless'].map((name) => daemon.docker('wait', name));
  await ok('kill', '-s', 'HUP', 'plain', 'own', 'own-unless');
  await Promise.all(ended);
  expect(await state('plain')).toBe('exited 5 0');
  expect(await state('own-unless')).toBe('exited 5 0');
  await expect.poll(() => state('own')).toBe('running 0 1');
  await expect.poll(() => ok('logs', 'own')).toBe('ready\nready');
  await ok('kill', '-s', 'USR1', 'own');
  await expect.poll(() => state('own')).toBe('exited 6 1');
  await ok('rm', 'plain', 'own', 'own-unless');
});

test('a log that is followed ends with the run, and that of one that never ran at once', async () => {
  await ok('create', '--name', 'fails', '--restart', 'on-failure:1', 'busybox', 'sh', '-c', TRAPS);
  expect(await ok('logs', '-f', 'fails')).toBe('');
  await ok('start', 'fails');
  const followed = daemon.docker('logs', '-f', 'fails');
  await ok('exec', 'fails', 'touch', '/go');
  expect((await followed).stdout).toBe('ready\n');
  await expect.poll(() => state('fails')).toBe('exited 7 1');
  await ok('rm', 'fails');
});

test('a container that goes by itself stays for a restart', async () => {
  await ok('run', '-d', '--rm', '--name', 'fleeting', 'busybox', 'sleep', '1000');
  await ok('restart', '-t', '0', 'fleeting');
  expect(await state('fleeting')).toBe('running 0 0');
  await ok('stop', '-t', '0', 'fleeting');
  await expect.poll(() => ok('ps', '-aq', '--filter', 'name=fleeting')).toBe('');
});

test('one that cannot be started again keeps its exit code, and says why', async () => {
  await ok('network', 'create', 'away');
  await ok('run', '-d', '--name', 'lost', '--restart', 'always', '--network', 'away', 'busybox', 'false');
  await untilPutOff('lost', 16);
  await ok('network', 'rm', 'away');
  await expect.poll(() => state('lost')).toBe('exited 1 5');
  expect(await ok('inspect', '-f', '{{.State.Error}}', 'lost')).toContain('network away not found');
  await ok('rm', 'lost');
});

test('a daemon that begins starts what it is to start before it listens, each after what it joins', async () => {
  const run = (name: string, policy: string, ...more: string[]): Promise<string> =>
    ok('run', '-d', '--name', name, '--restart', policy, '--stop-timeout', '0', ...more, 'busybox', 'sleep', '1000');
  await run('joined', 'always');
  await run('joins', 'always', '--network', 'container:joined');
  await run('linked', 'unless-stopped', '--link', 'joined:other');
  for (const policy of ['no', 'always', 'unless-stopped', 'on-failure']) {
    await run(`stopped-${policy}`, policy);
    await run(`running-${policy}`, policy);
    await ok('stop', `stopped-${policy}`);
  }
  await ok('run', '--name', 'spent', '--restart', 'on-failure:1', 'busybox', 'false').catch(() => undefined);
  await expect.poll(() => state('spent')).toBe('exited 1 1');
  await ok('create', '--name', 'new', '--restart', 'always', 'busybox', 'sleep', '1000');
  // It gets ten seconds to end.
  const slow = 'trap "sleep 3.5; exit 3" TERM; echo ready; while :; do sleep 0.05; done';
  await ok('run', '-d', '--name', 'slow', 'busybox', 'sh', '-c', slow);
  await expect.poll(() => ok('logs', 'slow')).toBe('ready');
  await daemon.restart('SIGTERM');
  const running = await ok('ps', '--format', '{{.Names}}');
  expect(running.split('\n').sort()).toEqual([
    ...['joined', 'joins', 'linked', 'running-always', 'running-on-failure', 'running-unless-stopped'],
    // As dockerd, which looks at the exit code alone.
    ...['stopped-always', 'stopped-on-failure'],
  ]);
  expect(await ok('exec', 'joins', 'hostname')).toBe(await ok('exec', 'joined', 'hostname'));
  expect([await state('slow'), await state('spent'), await state('new')]).toEqual([
    'exited 3 0',
    'exited 1 1',
    'created 0 0',
  ]);
  expect(await state('stopped-unless-stopped')).toBe('exited 137 0');
  await ok('rm', '-f', ...(await ok('ps', '-aq')).split('\n'));
});

test('a daemon that is told twice to end goes on ending; the third time it ends at once, and its containers run on', async () => {
  const script = 'trap "" TERM; echo ready; while :; do sleep 1; done';
  await ok('run', '-d', '--name', 'stays', '--stop-timeout', '600', 'busybox', 'sh', '-c', script);
  await expect.poll(() => ok('logs', 'stays')).toBe('ready');
  const { pid } = daemon;
  // One that ended before has said the same.
  daemon.forgetLog();
  const log = () => daemon.log();
  process.kill(pid, 'SIGTERM');
  await expect.poll(log).toContain('stopping the containers');
  process.kill(pid, 'SIGINT');
  await expect.poll(log).toContain('SIGINT: on its way');
  expect(await state('stays')).toBe('running 0 0');
  process.kill(pid, 'SIGTERM');
  await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
  expect(log()).toContain('ending without cleaning up');
  expect(existsSync(daemon.socket)).toBe(false);
  await daemon.restart('SIGKILL');
  expect(await state('stays')).toBe('running 0 0');
  await ok('rm', '-f', 'stays');
});
