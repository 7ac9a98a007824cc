// What a registry does with uploads, for tests: keeps what arrived of a broken one, and breaks them where it is told to.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sha256 } from '../../core/disk/sha256.ts';

interface Upload {
  readonly repository: string;
  parts: Buffer[];
}

/** Uploads under way, and what came of them. */
export class TestUploads {
  readonly #under = new Map<string, Upload>();
  /** Breaks so many uploads after so many bytes, and keeps those bytes. */
  breaking = { times: 0, after: 0 };
  /** Forgets what arrived of uploads that broke. */
  forgets = false;
  /** Blobs by repository: `app sha256:…`. */
  readonly held = new Map<string, Buffer>();

  get unfinished(): number {
    return this.#under.size;
  }

  /** Answers a request below `/v2/<repository>/blobs/uploads/`. */
  async answer(request: IncomingMessage, response: ServerResponse, repository: string, url: URL): Promise<void> {
    const id = url.pathname.split('/').at(-1) ?? '';
    const upload = this.#under.get(id);
    if (request.method === 'POST') return this.#begin(response, repository, url);
    if (upload === undefined) return void response.writeHead(404).end();
    const location = url.pathname;
    switch (request.method) {
      case 'DELETE':
        this.#under.delete(id);
        return void response.writeHead(204).end();
      case 'GET':
        return void response.writeHead(204, { Location: location, Range: `0-${sizeOf(upload) - 1}` }).end();
      case 'PATCH': {
        const range = request.headers['content-range'];
        if (range !== undefined && Number(range.split('-')[0]) !== sizeOf(upload)) {
          return void response.writeHead(416).end();
        }
        if (await this.#receive(request, id, upload)) response.writeHead(202, { Location: location }).end();
        return;
      }
      default: {
        if (!(await this.#receive(request, id, upload))) return;
        this.#under.delete(id);
        const data = Buffer.concat(upload.parts);
        const digest = url.searchParams.get('digest');
        if (digest !== sha256(data)) return void response.writeHead(400).end();
        this.held.set(`${repository} ${digest}`, data);
        response.writeHead(201).end();
      }
    }
  }

  #begin(response: ServerResponse, repository: string, url: URL): void {
    const mount = url.searchParams.get('mount');
    const there = this.held.get(`${url.searchParams.get('from')} ${mount}`);
    if (there !== undefined) {
      this.held.set(`${repository} ${mount}`, there);
      return void response.writeHead(201).end();
    }
    const id = randomUUID();
    this.#under.set(id, { repository, parts: [] });
    response.writeHead(202, { Location: `/v2/${repository}/blobs/uploads/${id}` }).end();
  }

  /** Gives whether all arrived. */
  async #receive(request: IncomingMessage, id: string, upload: Upload): Promise<boolean> {
    const start = sizeOf(upload);
    for await (const chunk of untilHangUp(request)) {
      if (this.breaking.times > 0 && sizeOf(upload) - start + chunk.length > this.breaking.after) {
        this.breaking.times--;
        upload.parts.push(chunk.subarray(0, this.breaking.after - (sizeOf(upload) - start)));
        if (this.forgets) this.#under.delete(id);
        request.socket.destroy();
        return false;
      }
      upload.parts.push(chunk);
    }
    return request.complete;
  }
}

async function* untilHangUp(request: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* request;
  } catch (error) {
    if (!request.destroyed) throw error;
  }
}

function sizeOf({ parts }: Upload): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
