import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { extract as oracleExtract, pack as oraclePack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { decompress } from './compression.ts';
import { pack } from './pack.ts';
import { encodePaxRecord } from './pax.ts';
import { type EntryType, type TarEntry, tarEntry } from './tar-entry.ts';
import { encodeHeader } from './tar-header.ts';
import { TarReader } from './tar-reader.ts';

type Item = { readonly entry: TarEntry; readonly content?: Buffer };

async function readAll(archive: Readable): Promise<Item[]> {
  const reader = new TarReader(archive);
  const items: Item[] = [];
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    items.push({ entry, content: await reader.readAll() });
  }
  return items;
}

/** The bytes in chunks of a size, as a network brings them. */
function inChunks(data: Buffer, size: number): Readable {
  const chunks: Buffer[] = [];
  for (let at = 0; at < data.length; at += size) chunks.push(data.subarray(at, at + size));
  return Readable.from(chunks);
}

const file = (name: string | Buffer, content: string, more: Partial<TarEntry> = {}): Item => ({
  entry: tarEntry({ ...more, name, size: Buffer.byteLength(content) }),
  content: Buffer.from(content),
});

const bytesOf = (most: number) =>
  fc
    .uint8Array({ minLength: 1, maxLength: most })
    .map((bytes) => Buffer.from(bytes.map((b) => (b === 0 || b === 0x2f ? 0x61 : b))));

const items: fc.Arbitrary<Item> = fc
  .record({
    name: fc.oneof(bytesOf(60), bytesOf(300)),
    type: fc.constantFrom<EntryType>('file', 'directory', 'symlink', 'hardlink', 'character', 'block', 'fifo'),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.oneof(fc.integer({ min: 0, max: 70000 }), fc.constant(2 ** 31), fc.constant(4294967294)),
    gid: fc.integer({ min: 0, max: 4294967294 }),
    mtime: fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 33n }).map((s) => s * 1_000_000_000n),
      fc.bigInt({ min: -(2n ** 60n), max: 2n ** 62n }),
    ),
    linkname: bytesOf(200),
    xattrs: fc.dictionary(fc.stringMatching(/^user\.[a-z]{1,8}$/), fc.uint8Array({ maxLength: 40 }), { maxKeys: 3 }),
    content: fc.uint8Array({ maxLength: 2000 }),
    device: fc.record({ major: fc.integer({ min: 0, max: 4095 }), minor: fc.integer({ min: 0, max: 0o7777777 }) }),
  })
  .map(({ content, xattrs, linkname, device, ...rest }) => {
    const isFile = rest.type === 'file';
    const isLink = rest.type === 'symlink' || rest.type === 'hardlink';
    const isDevice = rest.type === 'character' || rest.type === 'block';
    return {
      entry: tarEntry({
        ...rest,
        size: isFile ? content.length : 0,
        linkname: isLink ? linkname : '',
        xattrs: new Map(Object.entries(xattrs).map(([name, value]) => [name, Buffer.from(value)])),
        ...(isDevice ? { device } : {}),
      }),
      content: Buffer.from(isFile ? content : []),
    };
  });

test('whatever is written is read back the same, however the bytes arrive', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(items, { maxLength: 6 }), fc.integer({ min: 1, max: 3000 }), async (list, size) => {
      expect(await readAll(inChunks(await buffer(pack(list)), size))).toEqual(list);
    }),
    { numRuns: 150 },
  );
});

describe('other programs agree', () => {
  test('GNU tar lists what we write', async () => {
    const archive = await buffer(
      pack([
        { entry: tarEntry({ name: 'd', type: 'directory' }) },
        file('d/f', 'hello', { mode: 0o4755, uid: 3_000_000, gid: 5 }),
        file(`d/${'long'.repeat(60)}`, 'x'),
        { entry: tarEntry({ name: 'd/l', type: 'symlink', mode: 0o777, linkname: 'f' }) },
        { entry: tarEntry({ name: 'd/h', type: 'hardlink', linkname: 'd/f' }) },
      ]),
    );
    const listed = execFileSync('tar', ['--numeric-owner', '-tvf', '-'], { input: archive, encoding: 'utf8' });
    expect(listed.split('\n').map((line) => line.replace(/\s+\d{4}-\d\d-\d\d \d\d:\d\d/, ''))).toEqual([
      'drwxr-xr-x 0/0               0 d/',
      '-rwsr-xr-x 3000000/5         5 d/f',
      `-rw-r--r-- 0/0               1 d/${'long'.repeat(60)}`,
      'lrwxrwxrwx 0/0               0 d/l -> f',
      'hrw-r--r-- 0/0               0 d/h link to d/f',
      '',
    ]);
  });

  test('tar-stream reads what we write, and we what it writes', async () => {
    const oracle = oracleExtract();
    Readable.from([await buffer(pack([file('a', 'one'), file('b'.repeat(150), 'two')]))]).pipe(oracle);
    const seen: [string, string][] = [];
    for await (const entry of oracle) seen.push([entry.header.name, (await buffer(entry)).toString()]);
    expect(seen).toEqual([
      ['a', 'one'],
      ['b'.repeat(150), 'two'],
    ]);

    const packer = oraclePack();
    packer.entry({ name: `${'p'.repeat(90)}/${'q'.repeat(90)}`, mode: 0o640, mtime: new Date(1e12) }, 'three');
    packer.entry({ name: 'dir', type: 'directory' });
    packer.finalize();
    const read = await readAll(Readable.from(packer));
    expect(read[0]!.entry).toMatchObject({ mode: 0o640, mtime: 10n ** 18n, size: 5 });
    expect(read[0]!.entry.name.toString()).toBe(`${'p'.repeat(90)}/${'q'.repeat(90)}`);
    expect(read[1]!.entry).toMatchObject({ name: Buffer.from('dir'), type: 'directory' });
  });

  test.each(['gnu', 'pax', 'ustar', 'v7', 'oldgnu'])('we read GNU tar in its format %s', async (format) => {
    const archive = execFileSync('tar', [
      `--format=${format}`,
      '-C',
      '/',
      '-cf',
      '-',
      'etc/passwd',
      'etc/alternatives',
    ]);
    const names = (await readAll(Readable.from([archive]))).map(({ entry }) => entry.name.toString());
    const listed = execFileSync('tar', ['-tf', '-'], { input: archive, encoding: 'utf8' }).trim().split('\n');
    expect(names).toEqual(listed.map((name) => name.replace(/\/$/, '')));
  });
});

describe('damage is refused', () => {
  test('an archive that ends in the middle', async () => {
    const archive = await buffer(pack([file('a', 'x'.repeat(2000))]));
    await expect(readAll(Readable.from([archive.subarray(0, 1500)]))).rejects.toMatchObject({ code: 'tar-truncated' });
    await expect(readAll(Readable.from([archive.subarray(0, 100)]))).rejects.toMatchObject({ code: 'tar-truncated' });
  });

  test('a header with a flipped bit', async () => {
    const archive = await buffer(pack([file('a', 'x')]));
    archive[1] = 0x40;
    await expect(readAll(Readable.from([archive]))).rejects.toMatchObject({ kind: 'invalid', code: 'tar-invalid' });
  });

  test('something that is no archive', async () => {
    await expect(readAll(Readable.from([Buffer.alloc(2048, 'no tar ')]))).rejects.toMatchObject({
      code: 'tar-invalid',
    });
  });

  test('an archive without its last blocks is read to its end', async () => {
    const archive = await buffer(pack([file('a', 'x')]));
    expect(await readAll(Readable.from([archive.subarray(0, 1024)]))).toHaveLength(1);
  });
});

describe('what an archive says of its entries has a limit for all its headers together', () => {
  const record = (i: number): Buffer => encodePaxRecord(`k${i}`, Buffer.alloc(500_000, 97));

  /** A header with its content and the padding after it. */
  function part(flag: string, content: Buffer): Buffer {
    const header = encodeHeader({
      ...{ name: Buffer.from('x'), linkname: Buffer.alloc(0), flag, size: content.length },
      ...{ mode: 0o644, uid: 0, gid: 0, mtime: 0, major: 0, minor: 0 },
    });
    return Buffer.concat([header, content, Buffer.alloc(-content.length & 511)]);
  }

  test.each(['x', 'g', 'L', 'K'])('of type %s before one entry', async (flag) => {
    let taken = 0;
    async function* parts(): AsyncGenerator<Buffer> {
      for (; taken < 600; taken++) yield part(flag, record(taken));
    }
    await expect(new TarReader(parts()).next()).rejects.toMatchObject({
      kind: 'invalid',
      code: 'tar-metadata-too-large',
    });
    expect(taken).toBeLessThan(5);
  });

  test('of global headers, which stay, over all entries', async () => {
    let taken = 0;
    async function* parts(): AsyncGenerator<Buffer> {
      for (; taken < 600; taken++) yield Buffer.concat([part('g', record(taken)), part('0', Buffer.from('x'))]);
    }
    await expect(readAll(Readable.from(parts()))).rejects.toMatchObject({ code: 'tar-metadata-too-large' });
    expect(taken).toBeLessThan(20);
  });

  test('but archives with a large header for each of many entries are read', async () => {
    const parts = Array.from({ length: 20 }, (_, i) =>
      Buffer.concat([part('x', record(i)), part('0', Buffer.from('x'))]),
    );
    expect(await readAll(Readable.from(parts))).toHaveLength(20);
  });
});

describe('compression is found by the first bytes', () => {
  const archive = (): Promise<Buffer> => buffer(pack([file('a', 'hello '.repeat(5000))]));

  test.each([1, 3, 100_000])('gzip in chunks of %d', async (size) => {
    const plain = await archive();
    expect(await buffer(await decompress(inChunks(gzipSync(plain), size)))).toEqual(plain);
    expect(await buffer(await decompress(inChunks(plain, size)))).toEqual(plain);
  });

  test('xz and bzip2 by their programs', async () => {
    const plain = await archive();
    for (const program of ['xz', 'bzip2']) {
      const packed = execFileSync(program, ['-c'], { input: plain });
      expect(await buffer(await decompress(inChunks(packed, 1000)))).toEqual(plain);
    }
  });

  test('zstd, in chunks', async () => {
    const plain = await archive();
    expect(await buffer(await decompress(inChunks(zstdOf(plain), 100)))).toEqual(plain);
  });

  test('zstd that unpacks to 32,768 times its size comes no faster than it is taken', async () => {
    const frame = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58])];
    // Blocks of one byte, 131,072 times: 4 GiB.
    for (let i = 0; i < 1 << 15; i++) frame.push(Buffer.from([0x02, 0x00, 0x10, 0x00]));
    const before = process.memoryUsage().rss;
    const unpacked = await decompress(Readable.from([Buffer.concat(frame)]));
    let taken = 0;
    for await (const chunk of unpacked) {
      taken += chunk.length;
      if (taken > 64 << 20) break;
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(512 << 20);
  });

  test('streams that are shorter than any mark are themselves', async () => {
    expect(await buffer(await decompress(Readable.from([Buffer.from('ab')])))).toEqual(Buffer.from('ab'));
    expect(await buffer(await decompress(Readable.from([])))).toEqual(Buffer.alloc(0));
  });

  test('damage is an error in our words', async () => {
    const packed = gzipSync(await archive());
    packed.fill(0xff, 40, 60);
    const zstd = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), Buffer.alloc(50, 7)]);
    for (const bytes of [packed, zstd]) {
      await expect(decompress(inChunks(bytes, 64)).then(buffer)).rejects.toMatchObject({ code: 'compression-invalid' });
    }
  });
});

/** A Zstandard frame of stored blocks (RFC 8878, 3.1.1). */
function zstdOf(data: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0]), Buffer.alloc(4)];
  parts[1]!.writeUInt32LE(data.length);
  for (let at = 0; at < data.length; at += 60_000) {
    const block = data.subarray(at, at + 60_000);
    const header = Buffer.alloc(3);
    header.writeUIntLE(block.length * 8 + (at + block.length === data.length ? 1 : 0), 0, 3);
    parts.push(header, block);
  }
  return Buffer.concat(parts);
}
