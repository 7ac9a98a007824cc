import { expect, test } from 'vitest';
import { busyboxDaemon } from './busybox-daemon.ts';
import { command } from './real-daemon.ts';

// Health checks: who is healthy when, and who is told.

const { daemon, ok } = busyboxDaemon();

const QUICK = ['--health-interval', '50ms', '--health-timeout', '10s', '--health-retries', '2'] as const;
const health = (name: string): Promise<string> => ok('inspect', '-f', '{{.State.Health.Status}}', name);

test('a container is healthy, then is not, and everybody who asks is told', async () => {
  const since = String(Date.now() / 1000);
  const check = 'cat /sick && echo tested && exit 1; echo tested';
  await ok('run', '-d', '--name', 'patient', '--health-cmd', check, ...QUICK, 'busybox', 'sleep', '1000');
  await expect.poll(() => health('patient')).toBe('healthy');
  expect(await ok('ps', '--format', '{{.Status}}')).toMatch(/^Up .* \(healthy\)$/);
  expect(await ok('inspect', '-f', '{{(index .State.Health.Log 0).Output}}', 'patient')).toContain('tested');
  await ok('exec', 'patient', 'touch', '/sick');
  await expect.poll(() => health('patient')).toBe('unhealthy');
  expect(await ok('ps', '-q', '--filter', 'health=unhealthy')).not.toBe('');
  expect(await ok('ps', '-q', '--filter', 'health=healthy')).toBe('');
  const record: unknown = JSON.parse(await ok('inspect', '-f', '{{json .State.Health}}', 'patient'));
  expect(record).toMatchObject({ Status: 'unhealthy', FailingStreak: expect.any(Number), Log: expect.any(Array) });
  const events = await ok(
    'events',
    '--since',
    since,
    '--until',
    String(Date.now() / 1000),
    '--filter',
    'event=health_status',
    '--format',
    '{{.Action}}',
  );
  expect(events.split('\n')).toEqual(['health_status: healthy', 'health_status: unhealthy']);
  await ok('rm', '-f', 'patient');
});

test('an image’s own check counts, and --no-healthcheck takes it away', async () => {
  const file = 'FROM busybox\nHEALTHCHECK --interval=50ms --retries=1 CMD ["false"]\nCMD ["sleep", "1000"]\n';
  await command('sh', ['-c', `printf '${file}' | docker -H unix://${daemon.socket} build -t checked -`]);
  await ok('run', '-d', '--name', 'own', 'checked');
  await ok('run', '-d', '--name', 'none', '--no-healthcheck', 'checked');
  await expect.poll(() => health('own')).toBe('unhealthy');
  expect(await ok('inspect', '-f', '{{.State.Health}}', 'none')).toBe('<nil>');
  await ok('rm', '-f', 'own', 'none');
});

test('a check that takes too long is killed, and one within the start period does not count', async () => {
  const slow = [
    '--health-cmd',
    'echo begun; sleep 1000; echo over',
    '--health-interval',
    '50ms',
    '--health-timeout',
    '500ms',
    '--health-retries',
    '2',
  ];
  await ok('run', '-d', '--name', 'slow', ...slow, 'busybox', 'sleep', '2000');
  await expect.poll(() => health('slow')).toBe('unhealthy');
  expect(await ok('inspect', '-f', '{{(index .State.Health.Log 0).Output}}', 'slow')).toBe(
    'Health check exceeded timeout (500ms): begun',
  );
  // Whatever it has started goes with it: no more than one test is on its way.
  expect((await ok('top', 'slow', '-eo', 'pid,args')).match(/sleep 1000$/gm)?.length ?? 0).toBeLessThan(2);
  await ok('restart', '-t', '0', 'slow');
  expect(await ok('inspect', '-f', '{{.State.Health.Status}} {{len .State.Health.Log}}', 'slow')).not.toContain(' 0');
  const early = ['--health-cmd', 'false', ...QUICK, '--health-start-period', '1h', '--health-start-interval', '100ms'];
  await ok('run', '-d', '--name', 'early', ...early, 'busybox', 'sleep', '1000');
  const tried = (): Promise<string> => ok('inspect', '-f', '{{len .State.Health.Log}}', 'early');
  await expect.poll(tried).toBe('5');
  expect(await health('early')).toBe('starting');
  await ok('rm', '-f', 'slow', 'early');
});

test('within the start period the start interval is the one, also where it is the longer', async () => {
  const check = ['--health-cmd', 'true', ...QUICK, '--health-start-period', '1h', '--health-start-interval', '2s'];
  await ok('run', '-d', '--name', 'seldom', ...check, 'busybox', 'sleep', '1000');
  await expect.poll(() => health('seldom')).toBe('healthy');
  const form = '[{{json (index .State.Health.Log 0).Start}},{{json .State.StartedAt}}]';
  const times: string[] = JSON.parse(await ok('inspect', '-f', form, 'seldom'));
  const [first = 0, started = 0] = times.map((time) => Date.parse(time));
  expect(first - started).toBeGreaterThan(1_900);
  await ok('rm', '-f', 'seldom');
});

test('a pause interrupts the checks, and a stop ends them', async () => {
  await ok('run', '-d', '--name', 'paused', '--health-cmd', 'true', ...QUICK, 'busybox', 'sleep', '1000');
  await expect.poll(() => health('paused')).toBe('healthy');
  const since = String(Date.now() / 1000);
  await ok('pause', 'paused');
  // Docker's word for what is not tested.
  expect(await health('paused')).toBe('unhealthy');
  await ok('unpause', 'paused');
  await expect.poll(() => health('paused')).toBe('healthy');
  const told = ['--since', since, '--until', String(Date.now() / 1000), '--filter', 'event=health_status'];
  expect(await ok('events', ...told, '--format', '{{.Action}}')).toBe('health_status: healthy');
  const last = (): Promise<string> => ok('inspect', '-f', '{{range .State.Health.Log}}{{.End}} {{end}}', 'paused');
  const before = await last();
  await expect.poll(last).not.toBe(before);
  await ok('stop', '-t', '0', 'paused');
  expect(await health('paused')).toBe('unhealthy');
  await ok('rm', '-f', 'paused');
});

test('what checks have shown outlives the daemon, with the container or in its record', async () => {
  const check = ['--health-cmd', 'echo shown', ...QUICK, '--stop-timeout', '0'];
  await ok('run', '-d', '--name', 'rests', ...check, 'busybox', 'sleep', '1000');
  await expect.poll(() => health('rests')).toBe('healthy');
  await daemon.restart('SIGTERM');
  const shown = '{{.State.Status}} {{.State.Health.Status}} {{(index .State.Health.Log 0).Output}}';
  expect(await ok('inspect', '-f', shown, 'rests')).toBe('exited unhealthy shown');
  await ok('start', 'rests');
  await expect.poll(() => health('rests')).toBe('healthy');
  await ok('pause', 'rests');
  await daemon.restart('SIGKILL');
  expect(await ok('inspect', '-f', shown, 'rests')).toBe('paused unhealthy shown');
  await ok('unpause', 'rests');
  await expect.poll(() => health('rests')).toBe('healthy');
  await ok('rm', '-f', 'rests');
});

test('a check that makes no sense is refused', async () => {
  const { stderr } = await daemon.docker('create', '--health-cmd', 'true', '--health-interval', '1us', 'busybox');
  expect(stderr).toContain('Interval in Healthcheck cannot be less than 1ms');
});
