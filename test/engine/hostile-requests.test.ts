import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pack } from '../../runtime/archive/pack.ts';
import { type EntryType, tarEntry } from '../../runtime/archive/tar-entry.ts';
import { type Answer, ask } from './engine-state.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

const SECRET = 'a secret of the host';
let daemon: RealDaemon;
let outside: string;

beforeAll(async () => {
  daemon = await startRealDaemon();
  outside = await mkdtemp(join(tmpdir(), 'lapstrake-outside-'));
  await writeFile(join(outside, 'secret'), SECRET);
});

afterAll(async () => {
  const left = await daemon?.stop();
  await rm(outside, { recursive: true, force: true });
  expect(left).toEqual([]);
  expect(daemon?.log()).not.toContain('bug:');
});

type Given = string | { readonly type: EntryType; readonly linkname?: string; readonly device?: [number, number] };

function build(files: Readonly<Record<string, Given>>, query = ''): Promise<Answer> {
  const entries = Object.entries(files).map(([name, given]) => {
    if (typeof given === 'string') {
      return { entry: tarEntry({ name, size: Buffer.byteLength(given) }), content: Buffer.from(given) };
    }
    const [major, minor] = given.device ?? [0, 0];
    return {
      entry: tarEntry({ name, type: given.type, linkname: given.linkname ?? '', device: { major, minor } }),
    };
  });
  return ask(daemon, 'POST', `/v1.41/build?t=got${query}`, { tar: pack(entries) });
}

/** All bytes of the image that a build made. */
async function savedImage(): Promise<string> {
  return (await ask(daemon, 'GET', '/v1.41/images/got/get')).text;
}

describe('a build context that leads out of itself', () => {
  const up = '../'.repeat(20);

  test('by links does not bring files of the host into an image', async () => {
    const link = (linkname: string): Given => ({ type: 'symlink', linkname });
    for (const to of [outside, `${up}${outside.slice(1)}`]) {
      for (const source of ['folder/secret', 'folder/', 'file', 'fol*/sec*']) {
        const { text } = await build({
          Dockerfile: `FROM scratch\nCOPY ${source} /got/\n`,
          folder: link(to),
          file: link(`${to}/secret`),
        });
        expect(text).not.toContain(SECRET);
        if (text.includes('Successfully built')) expect(await savedImage()).not.toContain(SECRET);
        else expect(text).toMatch(/file not found in build context|no such file|not exist/);
      }
    }
  });

  test('by hard links is refused', async () => {
    for (const linkname of [`${up}${outside.slice(1)}/secret`, `${outside}/secret`]) {
      const { status, text } = await build({
        Dockerfile: 'FROM scratch\nCOPY hard /\n',
        hard: { type: 'hardlink', linkname },
      });
      expect({ status, text }).toMatchObject({
        status: 400,
        text: expect.stringMatching(/hard link to|escapes|outside/),
      });
    }
  });

  test('by a hard link to a link, or below one, is refused or a link', async () => {
    const { text } = await build({
      Dockerfile: 'FROM scratch\nCOPY hard /\n',
      folder: { type: 'symlink', linkname: outside },
      hard: { type: 'hardlink', linkname: 'folder/secret' },
    });
    expect(text).not.toContain('Successfully built');
  });

  test('by names is held inside', async () => {
    const { text } = await build({ [`${up}${outside.slice(1)}/new`]: 'x', Dockerfile: 'FROM scratch\nCOPY . /\n' });
    expect(text).not.toContain(SECRET);
    await expect(rm(join(outside, 'new'))).rejects.toThrow('ENOENT');
  });

  test('by a Dockerfile or a .dockerignore that is a link tells nothing of the host', async () => {
    const at: Given = { type: 'symlink', linkname: join(outside, 'secret') };
    for (const [name, query] of [
      ['Dockerfile', ''],
      ['other', '&dockerfile=other'],
    ] as const) {
      expect((await build({ [name]: at }, query)).text).toContain('Cannot locate specified Dockerfile');
    }
    const { text } = await build({ Dockerfile: 'FROM scratch\nCOPY a /\n', '.dockerignore': at, a: 'x' });
    expect(text).not.toContain(SECRET);
  });

  test('by a Dockerfile or a .dockerignore that never ends is refused at once', async () => {
    const never: Given[] = [{ type: 'fifo' }, { type: 'character', device: [1, 5] }];
    for (const file of never) {
      expect((await build({ Dockerfile: file })).text).toContain('Cannot locate specified Dockerfile');
      const { text } = await build({ Dockerfile: 'FROM scratch\nCOPY a /\n', '.dockerignore': file, a: 'x' });
      expect(text).toContain('Successfully built');
      expect((await build({ Dockerfile: 'FROM scratch\nCOPY f /\n', f: file })).status).toBe(200);
      expect((await build({ Dockerfile: 'FROM scratch\nADD f /\n', f: file })).status).toBe(200);
    }
  });
});

describe('a request that is too large', () => {
  test('in its JSON body is refused before it has been read', async () => {
    const json = { Image: 'x'.repeat(9 << 20) };
    const { status, text } = await ask(daemon, 'POST', '/v1.41/containers/create', { json });
    expect({ status, text }).toEqual({
      status: 400,
      text: '{"message":"invalid request body: is larger than 8388608 bytes"}\n',
    });
  });

  test('many bodies that never end take little of the daemon, and others are served', async () => {
    const before = await residentMemory();
    const head = 'POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n{"Image":"';
    const piece = Buffer.alloc(7_000_000, 'x');
    const clients = Array.from({ length: 40 }, () => connect(daemon.socket));
    try {
      // What the daemon does not take stays in the kernel: as many as it takes at once have sent all.
      const sent = clients.map((client) => {
        client.on('error', () => undefined).write(head);
        return new Promise((resolve) => client.write(piece, resolve));
      });
      await Promise.race(sent);
      expect((await ask(daemon, 'POST', '/v1.41/volumes/create', { json: { Name: 'small' } })).status).toBe(201);
      await expect.poll(() => clients.filter((client) => client.writableLength === 0).length).toBe(8);
      // All forty would be 280 MB.
      expect((await residentMemory()) - before).toBeLessThan(150);
    } finally {
      for (const client of clients) client.destroy();
    }
    const all = { json: { Image: 'busybox', Labels: { x: 'y'.repeat(100_000) } } };
    expect((await ask(daemon, 'POST', '/v1.41/containers/create', all)).status).toBe(404);
    expect((await ask(daemon, 'DELETE', '/v1.41/volumes/small')).status).toBe(204);
  });

  test('in its head ends that connection only', async () => {
    const sent = await outcome(
      request({ socketPath: daemon.socket, path: '/_ping', headers: { x: 'x'.repeat(1 << 17) } }),
    );
    expect(sent).toMatch(/431|ECONNRESET|EPIPE/);
    expect((await ask(daemon, 'GET', '/_ping')).status).toBe(200);
  });
});

function outcome(sent: ClientRequest): Promise<string> {
  return new Promise((resolve) => {
    sent.on('response', (response) => resolve(String(response.statusCode)));
    sent.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    sent.end();
  });
}

/** Of the daemon, in MB. */
async function residentMemory(): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s*(\d+) kB/m.exec(await readFile(`/proc/${daemon.pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
