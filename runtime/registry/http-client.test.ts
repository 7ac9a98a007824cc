import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RegistryHosts, type RegistryHostsOptions } from './hosts.ts';
import { unreachable } from './network-error.ts';

let folder: string;
let servers: Server[];
let seen: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-http-'));
  servers = [];
  seen = [];
});

afterEach(async () => {
  for (const server of servers) {
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function')
      server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(folder, { recursive: true, force: true });
});

/** Starts a server and gives its port. */
async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const remember: RequestListener = (request, response) => {
  seen.push(`${request.url} ${request.headers.authorization ?? '-'}`);
  response.end('here');
};

function hosts(options: Partial<RegistryHostsOptions> = {}): RegistryHosts {
  return new RegistryHosts({
    mirrors: [],
    insecureRegistries: [],
    certificates: [join(folder, 'certs.d')],
    env: {},
    // Every name is this machine: nothing of the tests leaves it.
    lookup: (_name, { all }, done) => {
      if (all) done(null, [{ address: '127.0.0.1', family: 4 }]);
      else done(null, '127.0.0.1', 4);
    },
    ...options,
  });
}

async function get(url: string, options: Partial<RegistryHostsOptions> = {}): Promise<string> {
  using client = hosts(options).open();
  const headers = { Authorization: 'Bearer secret' };
  const answer = await client.request(new URL(url), { method: 'GET', headers, signal: AbortSignal.timeout(10_000) });
  const parts: Buffer[] = [];
  for await (const part of answer.body as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** A server that vouches for itself under a name of its own. */
async function listenWithTls(): Promise<{ port: number; certificate: string }> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=registry.example', '-addext', 'subjectAltName=DNS:registry.example'];
  await promisify(execFile)('openssl', ['req', '-x509', ...curve, ...name, '-keyout', key, '-out', certificate]);
  const server = createTlsServer({ key: await readFile(key), cert: await readFile(certificate) }, remember);
  return { port: await listen(server), certificate };
}

async function trust(host: string, certificate: string): Promise<void> {
  await mkdir(join(folder, 'certs.d', host), { recursive: true });
  await writeFile(join(folder, 'certs.d', host, 'ca.crt'), await readFile(certificate));
}

describe('plain HTTP', () => {
  it('is spoken with this machine, and with others only where that is allowed', async () => {
    const port = await listen(createServer(remember));
    expect(await get(`http://127.0.0.1:${port}/`)).toBe('here');
    await expect(get(`http://registry.example:${port}/`)).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'plain-http-refused',
    });
    expect(await get(`http://registry.example:${port}/`, { insecureRegistries: ['registry.example'] })).toBe('here');
    expect(await get(`http://registry.example:${port}/`, { mirrors: [`http://registry.example:${port}`] })).toBe(
      'here',
    );
    expect(seen).toHaveLength(3);
  });
});

describe('a redirect', () => {
  it('to another server does not take along what proves who we are', async () => {
    const other = await listen(createServer(remember));
    const port = await listen(
      createServer((_, response) => response.writeHead(307, { Location: `http://127.0.0.1:${other}/blob` }).end()),
    );
    expect(await get(`http://127.0.0.1:${port}/`)).toBe('here');
    expect(seen).toEqual(['/blob -']);
  });

  it('on the same server does', async () => {
    const port = await listen(
      createServer((request, response) => {
        if (request.url === '/') response.writeHead(302, { Location: '/blob' }).end();
        else remember(request, response);
      }),
    );
    await get(`http://127.0.0.1:${port}/`);
    expect(seen).toEqual(['/blob Bearer secret']);
  });

  it('from elsewhere to this machine, to plain HTTP, or without an end is not followed', async () => {
    const inside = await listen(createServer(remember));
    const port = await listen(
      createServer((request, response) => {
        const to = { '/in': `http://127.0.0.1:${inside}/`, '/plain': 'http://other.example/' }[request.url ?? ''];
        response.writeHead(302, { Location: to ?? '/again' }).end();
      }),
    );
    const insecureRegistries = ['registry.example'];
    const url = `http://registry.example:${port}`;
    await expect(get(`${url}/in`, { insecureRegistries })).rejects.toMatchObject({ code: 'redirect-refused' });
    await expect(get(`${url}/plain`, { insecureRegistries })).rejects.toMatchObject({ code: 'plain-http-refused' });
    await expect(get(`${url}/round`, { insecureRegistries })).rejects.toMatchObject({ code: 'redirects-without-end' });
    expect(seen).toEqual([]);
  });
});

describe('TLS', () => {
  it('is trusted where the user named the authority, and for its name only', async () => {
    const { port, certificate } = await listenWithTls();
    const url = `https://registry.example:${port}/`;
    const refused = await get(url).catch((error: unknown) => unreachable(url, error));
    expect(refused).toMatchObject({
      message: expect.stringContaining('x509: certificate signed by unknown authority'),
    });
    await trust(`registry.example:${port}`, certificate);
    expect(await get(url)).toBe('here');
    await trust(`other.example:${port}`, certificate);
    const other = `https://other.example:${port}/`;
    const wrongName = await get(other).catch((error: unknown) => unreachable(other, error));
    expect(wrongName).toMatchObject({ message: expect.stringContaining('x509: certificate is valid for other names') });
  });

  it('with a server that speaks plain HTTP says so', async () => {
    const port = await listen(createServer(remember));
    const url = `https://registry.example:${port}/`;
    const refused = await get(url).catch((error: unknown) => unreachable(url, error));
    expect(refused).toMatchObject({ message: expect.stringContaining('server gave HTTP response to HTTPS client') });
  });
});

describe('a proxy', () => {
  /** One that connects whom it is asked to connect, all on this machine. */
  async function proxy(): Promise<number> {
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
      response.end('from the proxy');
    });
    server.on('connect', (request, socket: Socket) => {
      seen.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
      if (request.headers['proxy-authorization'] === undefined) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      const onward = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      for (const each of [onward, socket]) each.on('error', () => onward.destroy());
    });
    return listen(server);
  }

  it('connects us, with the account that its URL names, and the certificate is still checked', async () => {
    const { port, certificate } = await listenWithTls();
    const env = { HTTPS_PROXY: `http://ann:sea%20chest@127.0.0.1:${await proxy()}` };
    const url = `https://registry.example:${port}/`;
    await expect(get(url, { env })).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED/) });
    await trust(`registry.example:${port}`, certificate);
    expect(await get(url, { env })).toBe('here');
    expect(seen).toContain(`CONNECT registry.example:${port} Basic ${btoa('ann:sea chest')}`);
    expect(seen.at(-1)).toBe('/ Bearer secret');
  });

  it('that refuses is told of by its host, without its password', async () => {
    const port = await proxy();
    await expect(
      get('https://registry.example/', { env: { HTTPS_PROXY: `http://127.0.0.1:${port}` } }),
    ).rejects.toMatchObject({
      code: 'proxy-refused',
      message: `the proxy 127.0.0.1:${port} does not connect to registry.example:443: 407 Proxy Authentication Required`,
    });
  });

  it('is asked for plain HTTP by the whole URL, and not for what is excepted', async () => {
    const env = { HTTP_PROXY: `http://127.0.0.1:${await proxy()}`, NO_PROXY: 'direct.example' };
    const insecureRegistries = ['registry.example', 'direct.example'];
    expect(await get('http://registry.example/v2/', { env, insecureRegistries })).toBe('from the proxy');
    expect(seen).toEqual(['GET http://registry.example/v2/ -']);
    const port = await listen(createServer(remember));
    expect(await get(`http://direct.example:${port}/`, { env, insecureRegistries })).toBe('here');
  });
});

it('a server that falls silent counts as a broken connection', async () => {
  const port = await listen(
    createServer((_, response) => response.writeHead(200, { 'Content-Length': 10 }).write('one')),
  );
  await expect(get(`http://127.0.0.1:${port}/`, { idle: 50 })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
});
