import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect, createServer, type Socket } from 'node:net';
import { loadPackageDefinition, Server, ServerCredentials, type ServiceDefinition, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterEach, expect, test } from 'vitest';
import { BuildSession } from '../../runtime/api/buildkit/session.ts';

// The client's side is that of dockerode: a gRPC server upon the connection that it opened itself.

const PROTO = createRequire(import.meta.url).resolve('dockerode/lib/proto/auth.proto');
const signal = AbortSignal.timeout(20_000);
const opened: (() => void)[] = [];

afterEach(() => {
  for (const close of opened.splice(0)) close();
});

interface AuthPackage {
  readonly moby: { readonly filesync: { readonly v1: { readonly Auth: { readonly service: ServiceDefinition } } } };
}
type Answer = (error: object | null, value?: { Username?: string; Secret?: string }) => void;

async function session(credentials?: (host: string, answer: Answer) => void): Promise<BuildSession> {
  const listener = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = connect((listener.address() as { port: number }).port, '127.0.0.1');
  const [engineSide] = (await once(listener, 'connection')) as [Socket];
  listener.close();
  const server = new Server();
  if (credentials !== undefined) {
    const { moby } = loadPackageDefinition(loadSync(PROTO)) as unknown as AuthPackage;
    const Credentials = ({ request }: { request: { Host: string } }, answer: Answer) =>
      credentials(request.Host, answer);
    server.addService(moby.filesync.v1.Auth.service, { Credentials });
  }
  server.createConnectionInjector(ServerCredentials.createInsecure()).injectConnection(client);
  const made = new BuildSession(engineSide);
  opened.push(() => {
    made[Symbol.dispose]();
    server.forceShutdown();
    client.destroy();
  });
  return made;
}

test('gives the account that the client has at a registry', async () => {
  const asked: string[] = [];
  const it = await session((host, answer) => {
    asked.push(host);
    answer(null, host === 'own.example' ? { Username: 'ann', Secret: 's\u00e9cret' } : { Secret: 'token' });
  });
  expect(await it.credentials('own.example', signal)).toEqual({
    kind: 'password',
    username: 'ann',
    password: 's\u00e9cret',
  });
  expect(await it.credentials('docker.io', signal)).toEqual({ kind: 'identity', token: 'token' });
  expect(asked).toEqual(['own.example', 'registry-1.docker.io']);
});

test('without an account, or where the client serves none, is nobody', async () => {
  const empty = await session((_host, answer) => answer(null, {}));
  expect(await empty.credentials('own.example', signal)).toEqual({ kind: 'none' });
  const mute = await session();
  expect(await mute.credentials('own.example', signal)).toEqual({ kind: 'none' });
});

test('tells why the client refuses, and when it has gone', async () => {
  const it = await session((_host, answer) => answer({ code: status.PERMISSION_DENIED, details: 'locked away' }));
  await expect(it.credentials('own.example', signal)).rejects.toMatchObject({
    kind: 'unauthorized',
    message: expect.stringContaining('locked away'),
  });
  it[Symbol.dispose]();
  await it.ended;
  await expect(it.credentials('own.example', signal)).rejects.toMatchObject({ kind: 'unavailable' });
});
