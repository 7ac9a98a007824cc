import { createHash } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MediaType } from '../../core/image/media-types.ts';
import { type Account, RegistryConnection } from './connection.ts';
import { Registry } from './registry.ts';

export const sha256 = (data: string): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;

/** A client for the registry at a URL of this machine. */
export function registryAt(url: string, account?: Account, patience?: number): Registry {
  return new Registry(
    new RegistryConnection(new URL(url).host, account, { plainHosts: [], certificates: [], patience }),
  );
}

/** Pushes a small image of one layer (`size` bytes, which are no tar) and gives its digest. */
export async function pushImage(
  url: string,
  repository: string,
  tag: string,
  { created = '2024-05-06T07:08:09Z', size = 1000, authorization = '' } = {},
): Promise<string> {
  const headers: Record<string, string> = authorization === '' ? {} : { Authorization: authorization };
  const layer = 'x'.repeat(size);
  const config = JSON.stringify({
    ...{ created, os: 'linux', architecture: 'amd64' },
    rootfs: { type: 'layers', diff_ids: [sha256(layer)] },
  });
  for (const blob of [layer, config]) {
    const started = await fetch(`${url}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers });
    const target = new URL(started.headers.get('location') ?? '', url);
    target.searchParams.set('digest', sha256(blob));
    const type = { 'Content-Type': 'application/octet-stream' };
    const sent = await fetch(target, { method: 'PUT', body: blob, headers: { ...headers, ...type } });
    if (sent.status !== 201) throw new Error(`blob: ${sent.status}`);
  }
  const manifest = JSON.stringify({
    ...{ schemaVersion: 2, mediaType: MediaType.ociManifest },
    config: { mediaType: MediaType.ociConfig, digest: sha256(config), size: config.length },
    layers: [{ mediaType: MediaType.ociLayer, digest: sha256(layer), size: layer.length }],
  });
  const answer = await fetch(`${url}/v2/${repository}/manifests/${tag}`, {
    ...{ method: 'PUT', body: manifest },
    headers: { ...headers, 'Content-Type': MediaType.ociManifest },
  });
  if (answer.status !== 201) throw new Error(`manifest: ${answer.status} ${await answer.text()}`);
  return sha256(manifest);
}

/** A server on this machine that answers as a test wants. */
export async function serve(answer: RequestListener): Promise<{ url: string; host: string } & AsyncDisposable> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ host, url: `http://${host}` },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
