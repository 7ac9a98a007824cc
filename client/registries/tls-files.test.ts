import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Authority, type Certificate, makeAuthority } from '../../test/harness/authority.ts';
import { RegistryConnection } from './connection.ts';

const { signal } = new AbortController();
let authority: Authority;
let user: Certificate;
let server: Server;
let host: string;
let certificates: string;

beforeAll(async () => {
  authority = await makeAuthority();
  const own = await authority.vouch('IP:127.0.0.1');
  user = await authority.vouch('DNS:sailor');
  const ca = await readFile(authority.certificate);
  const files = { cert: await readFile(own.certificate), key: await readFile(own.key), ca };
  server = createServer({ ...files, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    response.writeHead((request.socket as TLSSocket).authorized ? 200 : 403).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  certificates = await mkdtemp(join(tmpdir(), 'lapstrake-certs-'));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(certificates, { recursive: true });
  await authority[Symbol.asyncDispose]();
});

it('a registry of a private authority is reached with the certificates that Docker is given for it', async () => {
  // The one connection that the view keeps: what is put there later counts.
  const connection = new RegistryConnection(host, undefined, { plainHosts: [], certificates: [certificates] });
  const door = () => connection.door(signal);
  await expect(door()).rejects.toMatchObject({
    problem: 'unreachable',
    message: expect.stringContaining('/etc/docker/certs.d'),
  });
  await mkdir(join(certificates, host));
  await copyFile(authority.certificate, join(certificates, host, 'ca.crt'));
  await expect(door()).rejects.toMatchObject({ problem: 'forbidden' });
  await copyFile(user.certificate, join(certificates, host, 'client.cert'));
  await expect(door()).rejects.toMatchObject({
    problem: 'invalid',
    message: expect.stringContaining(`missing key client.key for client certificate client.cert in ${certificates}`),
  });
  await copyFile(user.key, join(certificates, host, 'client.key'));
  expect(await door()).toBe('open');
});
