import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Digest, digestHex, parseDigest } from '../../core/image/digest.ts';
import type { BlobStore } from './blob-store.ts';
import { openBlobStore } from './blobs.ts';

const HELLO = parseDigest('sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824') as Digest;
const OTHER = parseDigest(`sha256:${'0'.repeat(64)}`) as Digest;

let root: string;
let blobs: BlobStore;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-blobs-'));
  blobs = await openBlobStore(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const names = (): Promise<string[]> => readdir(join(root, 'blobs', 'sha256'));

test('a blob gets the name of its bytes, from memory and from a stream', async () => {
  expect(await blobs.put(Buffer.from('hello'))).toEqual({ digest: HELLO, size: 5 });
  expect(await blobs.put(Readable.from([Buffer.from('hel'), Buffer.from('lo')]), { digest: HELLO, size: 5 })).toEqual({
    digest: HELLO,
    size: 5,
  });
  expect(await blobs.list()).toEqual([{ digest: HELLO, size: 5 }]);
  expect((await blobs.read(HELLO)).toString()).toBe('hello');
});

test('bytes that differ from the claim leave nothing', async () => {
  await expect(blobs.put(Buffer.from('hello'), { digest: OTHER })).rejects.toMatchObject({
    kind: 'invalid',
    code: 'blob-digest-differs',
  });
  await expect(blobs.put(Buffer.from('hello'), { size: 4 })).rejects.toMatchObject({ code: 'blob-size-differs' });
  expect(await names()).toEqual([]);
});

test('a stream that fails or is cancelled leaves nothing', async () => {
  const failing = Readable.from(
    (async function* () {
      yield Buffer.from('x');
      throw new Error('connection lost');
    })(),
  );
  await expect(blobs.put(failing)).rejects.toThrow('connection lost');
  const abort = new AbortController();
  const endless = new Readable({ read() {} });
  endless.push('x');
  const put = blobs.put(endless, {}, abort.signal);
  abort.abort();
  await expect(put).rejects.toMatchObject({ name: 'AbortError' });
  expect(await names()).toEqual([]);
});

test('a part of a blob can be read', async () => {
  await blobs.put(Buffer.from('hello'));
  expect((await buffer(await blobs.open(HELLO, { start: 1, end: 3 }))).toString()).toBe('ell');
  expect((await buffer(await blobs.open(HELLO, { start: 3 }))).toString()).toBe('lo');
});

test('a missing blob is named', async () => {
  const attempts = [
    () => blobs.open(OTHER),
    () => blobs.openVerified(OTHER),
    () => blobs.read(OTHER),
    () => blobs.stat(OTHER),
  ];
  for (const attempt of attempts) {
    await expect(attempt()).rejects.toMatchObject({
      kind: 'not-found',
      code: 'blob-missing',
      subject: OTHER,
    });
  }
  expect(await blobs.has(OTHER)).toBe(false);
  await blobs.delete(OTHER);
});

test('bytes that changed on the disk are an error that names the blob and the way out', async () => {
  await blobs.put(Buffer.from('hello'));
  await writeFile(join(root, 'blobs', 'sha256', digestHex(HELLO)), 'hellO');
  const expected = { code: 'blob-corrupt', subject: HELLO, message: expect.stringContaining('pull or build') };
  await expect(blobs.read(HELLO)).rejects.toMatchObject(expected);
  await expect(buffer(await blobs.openVerified(HELLO))).rejects.toMatchObject(expected);
});

test('recovery removes what interrupted writes left, says so, and keeps the rest', async () => {
  await blobs.put(Buffer.from('hello'));
  await writeFile(join(root, 'blobs', 'sha256', '.abc.tmp'), 'half');
  await writeFile(join(root, '.def.tmp'), '{"schema');
  const again = await openBlobStore(root);
  const log = await again.recover();
  expect(log).toHaveLength(2);
  expect(log.join()).toMatch(/\.def\.tmp.*\.abc\.tmp/);
  expect(await names()).toEqual([digestHex(HELLO)]);
  expect(await again.recover()).toEqual([]);
  expect(await again.has(HELLO)).toBe(true);
});

test('what is pinned is not deleted, whoever asks and whether it was there before, until the last pin has gone', async () => {
  const [one, two] = [blobs.pin([HELLO]), blobs.pin()];
  await blobs.put(Buffer.from('hello'), { pin: two });
  expect([...two.digests]).toEqual([HELLO]);
  await blobs.delete(HELLO);
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  await blobs.delete(HELLO);
  expect(await blobs.has(HELLO)).toBe(true);
  two[Symbol.dispose]();
  await blobs.delete(HELLO);
  expect(await blobs.has(HELLO)).toBe(false);
});

test('who pins a blob and finds it there keeps it, though it is about to be deleted', async () => {
  for (let round = 0; round < 50; round++) {
    await blobs.put(Buffer.from('hello'));
    const deleting = blobs.delete(HELLO);
    using _pin = blobs.pin([HELLO]);
    const found = await blobs.has(HELLO);
    await deleting;
    expect(await blobs.has(HELLO)).toBe(found);
  }
});

test('a blob that comes while it is deleted is there afterwards', async () => {
  for (let round = 0; round < 50; round++) {
    using pin = blobs.pin();
    await Promise.all([blobs.put(Buffer.from('hello'), { pin }), blobs.delete(HELLO), blobs.delete(HELLO)]);
    expect(await blobs.has(HELLO)).toBe(true);
  }
});

test('chunks of any sizes make one blob', async () => {
  const sizes = [0, 1, 70_000, 3 << 20, 5, ...Array.from({ length: 200 }, (_, n) => n)];
  const chunks = sizes.map((size, n) => Buffer.alloc(size, n));
  const { digest, size } = await blobs.put(Readable.from(chunks, { objectMode: false }));
  expect(size).toBe(sizes.reduce((sum, each) => sum + each));
  expect((await blobs.read(digest)).equals(Buffer.concat(chunks))).toBe(true);
});

test('changes of the index that come at the same time are all kept', async () => {
  const entry = (size: number) => ({ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: HELLO, size });
  await Promise.all([1, 2, 3].map((size) => blobs.updateIndex((entries) => [...entries, entry(size)])));
  expect((await blobs.index()).map(({ size }) => size)).toEqual([1, 2, 3]);
});

test('zeros take no space, wherever they are, and are read back', async () => {
  const zeros = Buffer.alloc(4 << 20);
  const parts = [zeros, Buffer.from('in the middle'), zeros, Buffer.from('x'), zeros];
  const { digest, size } = await blobs.put(Readable.from(parts));
  expect(size).toBe(3 * zeros.length + 14);
  expect(createHash('sha256').update(Buffer.concat(parts)).digest('hex')).toBe(digestHex(digest));
  expect((await buffer(await blobs.open(digest))).equals(Buffer.concat(parts))).toBe(true);
  expect((await stat(join(root, 'blobs/sha256', digestHex(digest)))).blocks * 512).toBeLessThan(10 << 20);
});
