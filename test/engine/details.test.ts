import { expect, test } from 'vitest';
import { busyboxDaemon } from './busybox-daemon.ts';

// Small things in which clients would notice that this is not dockerd.

const { daemon, ok } = busyboxDaemon();

test('a stopped container’s networks keep their ids, by which it is found, over a daemon’s death, too', async () => {
  const id = await ok('network', 'create', 'kept');
  const ids = (name: string) =>
    ok('inspect', '-f', '{{range $name, $of := .NetworkSettings.Networks}}{{$name}}={{$of.NetworkID}} {{end}}', name);
  await ok('create', '--name', 'berthed', '--network', 'kept', 'busybox', 'sleep', '1000');
  expect(await ids('berthed')).toBe('kept=');
  await ok('start', 'berthed');
  await ok('network', 'connect', 'bridge', 'berthed');
  const bridge = await ok('network', 'inspect', '-f', '{{.Id}}', 'bridge');
  await ok('kill', 'berthed');
  await ok('wait', 'berthed');
  await daemon.restart('SIGKILL');
  expect(await ids('berthed')).toBe(`bridge=${bridge} kept=${id}`);
  expect(await ok('ps', '-aq', '--no-trunc', '--filter', `network=${id}`)).toBe(
    await ok('inspect', '-f', '{{.Id}}', 'berthed'),
  );
  await ok('network', 'disconnect', 'bridge', 'berthed');
  expect(await ids('berthed')).toBe(`kept=${id}`);
  await ok('run', '-d', '--name', 'hosted', '--network', 'host', 'busybox', 'sleep', '1000');
  expect(await ids('hosted')).toBe(`host=${await ok('network', 'inspect', '-f', '{{.Id}}', 'host')}`);
  await ok('rm', '-f', 'berthed', 'hosted');
  await ok('network', 'rm', 'kept');
});

test('a signal that there is not is refused before anybody is looked for, and one that Linux lacks by its number', async () => {
  await ok('run', '-d', '--name', 'hailed', 'busybox', 'sleep', '1000');
  for (const [signal, name, says] of [
    ['FOO', 'nobody', 'Invalid signal: FOO'],
    ['9', 'nobody', 'Cannot kill container: nobody: No such container: nobody'],
    ['99', 'hailed', 'Cannot kill container: hailed: The linux daemon does not support signal 99'],
  ] as const) {
    const { code, stderr } = await daemon.docker('kill', '-s', signal, name);
    expect({ code, stderr: stderr.trim() }).toEqual({ code: 1, stderr: `Error response from daemon: ${says}` });
  }
  await ok('rm', '-f', 'hailed');
});

test('the folder that a container is to work in is there before it starts, and a file is none', async () => {
  await ok('create', '--name', 'works', '-w', '/new/deep', 'busybox', 'cat', 'hosts');
  await ok('cp', '/etc/hosts', 'works:/new/deep');
  expect(await ok('diff', 'works')).toBe('A /new\nA /new/deep\nA /new/deep/hosts');
  expect(await ok('start', '-a', 'works')).toContain('localhost');
  await ok('rm', 'works');
  for (const path of ['/etc/passwd', '/etc/passwd/deep']) {
    const { code, stderr } = await daemon.docker('run', '--rm', '-v', '/anonymous', '-w', path, 'busybox', 'true');
    expect({ code, stderr }).toMatchObject({
      code: 125,
      stderr: expect.stringContaining(`${path} is not a directory`),
    });
  }
  const { code, stderr } = await daemon.docker('run', '--rm', '-u', '99999999999', 'busybox', 'true');
  expect({ code, stderr }).toMatchObject({ code: 125, stderr: expect.stringContaining('in range 0-2147483647') });
  expect([await ok('ps', '-aq'), await ok('volume', 'ls', '-q')]).toEqual(['', '']);
});

test('what every container gets at its start is none of what it has written', async () => {
  await ok('run', '-d', '--name', 'written', 'busybox', 'sleep', '1000');
  const size = () => ok('inspect', '-s', '-f', '{{.SizeRw}}', 'written');
  expect(await size()).toBe('0');
  expect(await ok('ps', '-s', '--format', '{{.Size}}')).toMatch(/^0B \(virtual /);
  await ok('exec', 'written', 'sh', '-c', 'printf abc > /etc/own');
  expect(await size()).toBe('3');
  await ok('rm', '-f', 'written');
});
