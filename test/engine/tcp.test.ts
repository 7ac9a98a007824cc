import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Authority, type Certificate, makeAuthority } from '../harness/authority.ts';
import { type CommandResult, command, type RealDaemon, startRealDaemon } from './real-daemon.ts';

let authority: Authority;
let stranger: Authority;
let client: Certificate;
let options: string[];
let daemon: RealDaemon;

beforeAll(async () => {
  [authority, stranger] = [await makeAuthority(), await makeAuthority()];
  client = await authority.vouch('DNS:client');
  const own = await authority.vouch('IP:127.0.0.1');
  options = ['--tlscacert', authority.certificate, '--tlscert', own.certificate, '--tlskey', own.key];
  daemon = await startRealDaemon(['--host', 'tcp://127.0.0.1:0', ...options]);
});

afterAll(async () => {
  const left = await daemon?.stop();
  for (const each of [authority, stranger]) await each?.[Symbol.asyncDispose]();
  expect(left).toEqual([]);
});

function port(): number {
  return Number(/listening on tcp:\/\/127\.0\.0\.1:(\d+)/.exec(daemon.log())?.[1]);
}

function docker(certificate: Certificate, ...args: readonly string[]): Promise<CommandResult> {
  const tls = ['--tlsverify', '--tlscacert', authority.certificate, '--tlscert', certificate.certificate];
  return command('docker', ['-H', `tcp://127.0.0.1:${port()}`, ...tls, '--tlskey', certificate.key, ...args]);
}

test('a client with a certificate is served over TCP, as on the socket', async () => {
  const { code, stdout, stderr } = await docker(client, 'volume', 'create', 'over-tcp');
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'over-tcp\n', stderr: '' });
  expect((await daemon.docker('volume', 'ls', '-q')).stdout).toContain('over-tcp');
});

test('connections are upgraded over TCP too', async () => {
  const files = { ca: authority.certificate, cert: client.certificate, key: client.key };
  const [ca, cert, key] = await Promise.all(Object.values(files).map((path) => readFile(path)));
  const headers = { Connection: 'Upgrade', Upgrade: 'tcp' };
  const path = '/v1.41/containers/nobody/attach?stream=1';
  const asked = tlsRequest({ host: '127.0.0.1', port: port(), method: 'POST', path, headers, ca, cert, key }).end();
  const [answer] = await once(asked, 'response');
  expect(answer.statusCode).toBe(404);
  answer.resume();
});

test('a client with a certificate of another authority, or with none, is refused', async () => {
  const refused = await docker(await stranger.vouch('DNS:client'), 'version');
  // The client hears of it before the connection is closed, or finds it closed: the words differ, an answer there is not.
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/tls: |certificate|connection reset|: EOF/) });
  expect(refused.stdout).not.toContain('Server');
  const tls = ['--tls', '-H', `tcp://127.0.0.1:${port()}`];
  const bare = await command('docker', [...tls, 'volume', 'ls'], undefined, { DOCKER_CERT_PATH: '/nowhere' });
  expect(bare).toMatchObject({ code: 1, stdout: '' });
});

test('nothing is said in the clear', async () => {
  const asked = request({ host: '127.0.0.1', port: port(), path: '/_ping' }).end();
  await expect(once(asked, 'response')).rejects.toThrow(/hang up|ECONNRESET|Parse Error/);
});

test.each([
  [
    'without certificates',
    ['--host', 'tcp://127.0.0.1:0', '--tlscacert', '/nowhere/ca.pem'],
    /both sides.*--tlscacert/,
  ],
  ['at an address that is none', ['--host', 'tcp://127.0.0.1:port'], /tcp:\/\/HOST:PORT is wanted/],
  ['at a second socket', ['--host', 'unix:///tmp/second.sock'], /only one unix:/],
])('a daemon does not start %s', async (_how, wrong, message) => {
  await expect(startRealDaemon(wrong)).rejects.toThrow(message);
});

test('a daemon does not start with a key that is not its certificate’s', async () => {
  const wrong = ['--host', 'tcp://127.0.0.1:0', ...options.slice(0, -1), client.key];
  await expect(startRealDaemon(wrong)).rejects.toThrow(/the certificates or the key cannot be used/);
});

test('a daemon does not start where another program listens', async () => {
  const taken = ['--host', `tcp://127.0.0.1:${port()}`, ...options];
  await expect(startRealDaemon(taken)).rejects.toThrow(/another program listens on tcp:/);
});
