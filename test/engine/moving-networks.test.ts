import { expect, test } from 'vitest';
import { freePort } from '../../scripts/setup/ports.mjs';
import { busyboxDaemon } from './busybox-daemon.ts';
import { ask } from './engine-state.ts';

// Where a container is reached, and what it says of its networks, once it has moved from one to another.

const { daemon, ok } = busyboxDaemon();

/** Serves its own name. */
const serve = (name: string, ...options: string[]): Promise<string> => {
  const script = `echo ${name} > /tmp/index.html; exec httpd -f -p 80 -h /tmp`;
  return ok('run', '-d', '--name', name, ...options, 'busybox', 'sh', '-c', script);
};
const networksOf = (name: string): Promise<string> =>
  ok('inspect', '-f', '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}', name);

test('a published port leads to its container wherever that goes, and to nobody else', async () => {
  const port = await freePort();
  const page = (): Promise<string> =>
    fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: 'close' } }).then(
      (answer) => answer.text(),
      () => 'nobody',
    );
  for (const network of ['one', 'two']) await ok('network', 'create', network);
  await ok('network', 'create', '--internal', 'inner');
  await serve('moves', '--network', 'one', '-p', `${port}:80`);
  await expect.poll(page).toBe('moves\n');
  await ok('network', 'connect', 'two', 'moves');
  await ok('network', 'disconnect', 'one', 'moves');
  // It has the address that is free now.
  await serve('other', '--network', 'one');
  await expect.poll(() => ok('exec', 'other', 'wget', '-qO-', 'http://127.0.0.1/')).toBe('other');
  expect(await page()).toBe('moves\n');

  await ok('network', 'disconnect', 'two', 'moves');
  expect([await page(), await ok('port', 'moves'), await networksOf('moves')]).toEqual(['nobody', '', '']);
  await ok('network', 'connect', 'inner', 'moves');
  expect([await page(), await ok('port', 'moves')]).toEqual(['nobody', '']);
  await ok('network', 'connect', 'two', 'moves');
  expect([await page(), await ok('port', 'moves', '80')]).toEqual(['moves\n', expect.stringContaining(`:${port}`)]);

  await ok('network', 'disconnect', 'two', 'moves');
  await serve('third', '-p', `${port}:80`);
  const taken = await daemon.docker('network', 'connect', 'two', 'moves');
  expect(taken.stderr).toContain('port is already allocated');
  expect(await networksOf('moves')).toBe('inner');
  await ok('rm', '-f', 'moves', 'other', 'third');
  await ok('network', 'rm', 'one', 'two', 'inner');
});

test('a container that is to have no network joins none before it has left that', async () => {
  await ok('network', 'create', 'later');
  await ok('create', '--name', 'lone', '--network', 'none', 'busybox', 'ip', '-4', 'addr');
  const early = await daemon.docker('network', 'connect', 'later', 'lone');
  expect(early.stderr).toContain('with one of the networks in private (none) mode');
  expect(await networksOf('lone')).toBe('none');
  await ok('network', 'disconnect', 'none', 'lone');
  expect(await networksOf('lone')).toBe('');
  await ok('network', 'connect', 'later', 'lone');
  expect(await ok('start', '-a', 'lone')).toContain('eth0');
  await ok('rm', 'lone');
  await ok('network', 'rm', 'later');
});

test('an interface has the link-local address that is asked for, too', async () => {
  await ok('network', 'create', 'linked');
  const on = ['--network', 'linked', '--link-local-ip', '169.254.5.5'];
  expect(await ok('run', '--rm', ...on, 'busybox', 'ip', '-4', 'addr', 'show', 'eth0')).toContain('169.254.5.5/16');
  await ok('network', 'rm', 'linked');
});

test('a container whose network is disabled has none', async () => {
  const wanted = { Image: 'busybox', Cmd: ['ip', '-o', 'link'], NetworkDisabled: true };
  expect(await ask(daemon, 'POST', '/containers/create?name=cut', { json: wanted })).toMatchObject({ status: 201 });
  expect(await ok('start', '-a', 'cut')).toMatch(/^1: lo:[^\n]*$/);
  expect(await ok('inspect', '-f', '{{.Config.NetworkDisabled}}', 'cut')).toBe('true');
  await ok('rm', 'cut');
});

test('a container is found by the name that it has now', async () => {
  await ok('network', 'create', 'names');
  await ok('run', '-d', '--name', 'before', '--network', 'names', 'busybox', 'sleep', '1000');
  await ok('run', '-d', '--name', 'asks', '--network', 'names', 'busybox', 'sleep', '1000');
  await ok('rename', 'before', 'after');
  await ok('exec', 'asks', 'ping', '-c1', 'after');
  expect((await daemon.docker('exec', 'asks', 'ping', '-c1', 'before')).stderr).toContain('bad address');
  const members = await ok('network', 'inspect', '-f', '{{range .Containers}}{{.Name}} {{end}}', 'names');
  expect(members.split(' ').sort()).toEqual(['after', 'asks']);
  await ok('rm', '-f', 'after', 'asks');
  await ok('network', 'rm', 'names');
});
