import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A registry on the loopback address that lists no repositories, and takes uploads without an end. */
export interface HalfRegistry extends AsyncDisposable {
  readonly host: string;
  /** Resolves when an upload has begun. */
  readonly asked: Promise<unknown>;
  /** Resolves when the one who uploads has hung up. */
  readonly hungUp: Promise<unknown>;
}

/** Starts one; it has the repository `team/app` with two tags. */
export async function halfRegistry(): Promise<HalfRegistry> {
  const server = createServer((request, response) => {
    const { url = '', method } = request;
    if (url === '/v2/') response.end('{}');
    else if (url.startsWith('/v2/team/app/tags/list'))
      response.end(JSON.stringify({ name: 'team/app', tags: ['1.0', '1.1'] }));
    else if (method === 'POST')
      response.writeHead(202, { Location: `${url.replace(/uploads.*/, 'uploads/1')}`, Range: '0-0' }).end();
    else if (method === 'PUT' || method === 'PATCH') {
      response.once('close', () => server.emit('hung up'));
      // Whoever reads nothing does not notice the end either.
      request.resume();
      server.emit('asked');
    } else response.writeHead(404).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: once(server, 'asked'),
    hungUp: once(server, 'hung up'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
