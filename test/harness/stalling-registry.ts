import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const LAYER = sha256('nobody ever reads this');

/** A registry on the loopback address with one image, whose only layer begins and never comes. */
export interface StallingRegistry extends AsyncDisposable {
  readonly reference: string;
  /** Resolves when the layer was asked for. */
  readonly asked: Promise<unknown>;
  /** Resolves when the one who asked for it has hung up. */
  readonly hungUp: Promise<unknown>;
}

/** Starts one; disposing of it hangs up on everybody. */
export async function registryThatStalls(): Promise<StallingRegistry> {
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [LAYER] } });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: config.length,
      digest: sha256(config),
    },
    layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', size: 1000, digest: LAYER }],
  });
  const server = createServer(({ url = '', method }, response) => {
    if (url.includes('/manifests/')) {
      response.setHeader('Content-Type', MANIFEST).end(method === 'HEAD' ? undefined : manifest);
    } else if (url.endsWith(LAYER)) {
      response.writeHead(200, { 'Content-Length': 1000 }).flushHeaders();
      response.once('close', () => server.emit('hung up'));
      server.emit('asked');
    } else {
      response.end(url === '/v2/' ? undefined : config);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    reference: `127.0.0.1:${(server.address() as AddressInfo).port}/stalls:1`,
    asked: once(server, 'asked'),
    hungUp: once(server, 'hung up'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
