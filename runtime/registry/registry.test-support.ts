// A registry of a few images for tests: with token or basic authentication, and connections that break.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { sha256 } from '../../core/disk/sha256.ts';
import type { Digest } from '../../core/image/digest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import { layerTar } from '../images/remembering.test-support.ts';
import { TestUploads } from './uploads.test-support.ts';

interface Blob {
  readonly data: Buffer;
  readonly mediaType: string;
}

export interface TestRegistryOptions {
  readonly auth?: 'token' | 'basic';
}

/** Serves what it is given, and counts what it is asked. */
export class TestRegistry implements AsyncDisposable {
  readonly blobs = new Map<string, Blob>();
  readonly tags = new Map<string, Digest>();
  readonly requests: string[] = [];
  readonly uploads = new TestUploads();
  /** What was sent as manifests, by `name:tag`. */
  readonly pushed = new Map<string, Buffer>();
  /** Breaks so many transfers of blobs after half of their bytes. */
  breaking = 0;
  /** Answers so many requests with 503. */
  failing = 0;
  /** Appends bytes to this blob, for as long as the client takes them; counts them. */
  endless: Digest | undefined;
  appended = 0;
  /** Answers requests for a token with so many bytes. */
  tokenSize = 0;
  /** Never answers for this blob. */
  silent: Digest | undefined;
  readonly #server: Server;

  private constructor(private readonly options: TestRegistryOptions) {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(options: TestRegistryOptions = {}): Promise<TestRegistry> {
    const registry = new TestRegistry(options);
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  put(data: Buffer, mediaType: string): { mediaType: string; digest: Digest; size: number } {
    const digest = sha256(data);
    this.blobs.set(digest, { data, mediaType });
    return { mediaType, digest, size: data.length };
  }

  /** Adds an image with one gzip layer for each set of files; in an index where `platform` is given. */
  image(name: string, layers: readonly Record<string, string>[], platform?: { os: string; architecture: string }) {
    const tars = layers.map(layerTar);
    const config = this.put(
      Buffer.from(
        JSON.stringify({
          architecture: platform?.architecture ?? 'amd64',
          os: 'linux',
          config: { Cmd: ['sh'] },
          rootfs: { type: 'layers', diff_ids: tars.map((tar) => sha256(tar)) },
        }),
      ),
      MediaType.dockerConfig,
    );
    const descriptors = tars.map((tar) => this.put(gzipSync(tar), MediaType.dockerLayerGzip));
    const manifest = this.put(
      Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: MediaType.dockerManifest, config, layers: descriptors }),
      ),
      MediaType.dockerManifest,
    );
    const top =
      platform === undefined
        ? manifest
        : this.put(
            Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, platform }] })),
            MediaType.ociIndex,
          );
    this.tags.set(name, top.digest);
    return { config, layers: descriptors, manifest, top };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): unknown {
    const url = new URL(request.url ?? '/', this.url);
    this.requests.push(`${request.method} ${url.pathname}`);
    // Whether we speak HTTP at all.
    if (url.pathname === '/v2/') return response.end();
    if (this.failing > 0) {
      this.failing--;
      response.setHeader('Retry-After', '0');
      return refuse(response, this.failing % 2 === 0 ? 503 : 429, 'UNAVAILABLE');
    }
    if (url.pathname === '/token') {
      const isKnown = request.headers.authorization === `Basic ${btoa('ann:secret')}`;
      const padding = 'x'.repeat(this.tokenSize);
      return send(response, { token: isKnown ? 'all' : 'public', padding });
    }
    const [, repository = '', kind = '', name = ''] =
      /^\/v2\/(.+)\/(manifests|blobs|tags)\/(.+)$/.exec(url.pathname) ?? [];
    if (!this.#mayRead(request, repository)) {
      response.setHeader(
        'WWW-Authenticate',
        this.options.auth === 'basic' ? 'Basic realm="x"' : `Bearer realm="${this.url}/token",service="test, one"`,
      );
      return refuse(response, 401, 'UNAUTHORIZED');
    }
    if (url.pathname.includes('/blobs/uploads/')) {
      return this.uploads.answer(request, response, repository, url);
    }
    if (request.method === 'PUT' && kind === 'manifests') return this.#keep(request, response, `${repository}:${name}`);
    if (request.method === 'HEAD') {
      return response.writeHead(this.uploads.held.has(`${repository} ${name}`) ? 200 : 404).end();
    }
    if (kind === 'tags') {
      const tags = [...this.tags.keys()].filter((tag) => tag.startsWith(`${repository}:`));
      return send(response, { tags: tags.map((tag) => tag.slice(repository.length + 1)) });
    }
    if (name === this.silent) return undefined;
    const blob = this.blobs.get(name.startsWith('sha256:') ? name : (this.tags.get(`${repository}:${name}`) ?? ''));
    if (blob !== undefined && name === this.endless) return this.#sendWithoutEnd(response, blob.data);
    if (blob === undefined) return refuse(response, 404, kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN');
    return this.#send(request, response, blob, kind);
  }

  async #keep(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    const parts: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) parts.push(chunk);
    const data = Buffer.concat(parts);
    this.pushed.set(name, data);
    response.writeHead(201, { 'Docker-Content-Digest': sha256(data) }).end();
  }

  #send(request: IncomingMessage, response: ServerResponse, { data, mediaType }: Blob, kind: string): void {
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { 'Content-Type': mediaType, 'Content-Length': data.length - start });
    if (kind !== 'blobs' || this.breaking === 0) {
      response.end(data.subarray(start));
      return;
    }
    this.breaking--;
    response.write(data.subarray(start, start + Math.ceil((data.length - start) / 2)), () => response.destroy());
  }

  #sendWithoutEnd(response: ServerResponse, data: Buffer): void {
    response.write(data);
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(1 << 16))) this.appended += 1 << 16;
    };
    response.on('drain', more);
    more();
  }

  #mayRead({ headers }: IncomingMessage, repository: string): boolean {
    if (this.options.auth === undefined) return true;
    if (this.options.auth === 'basic') return headers.authorization === `Basic ${btoa('ann:secret')}`;
    return headers.authorization === (repository.startsWith('private/') ? 'Bearer all' : 'Bearer public');
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.statusCode = status;
  response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }));
}

function send(response: ServerResponse, value: unknown): void {
  response.end(JSON.stringify(value));
}
