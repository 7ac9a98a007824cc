import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { extract } from './extract.ts';
import { pack } from './pack.ts';
import { encodePaxRecord } from './pax.ts';
import { encodeHeader } from './tar-header.ts';
import { TarReader } from './tar-reader.ts';
import { walkTree } from './walk.ts';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'lapstrake-sparse-'));
  for (const name of ['source', 'target']) await mkdir(join(base, name));
});
afterEach(() => rm(base, { recursive: true, force: true }));

async function makeSparse(size: number, positions: readonly number[]): Promise<string> {
  const path = join(base, 'source/holes');
  await using file = await open(path, 'wx');
  for (const position of positions) await file.write(`data at ${position}`, position);
  await file.truncate(size);
  return path;
}

const FORMATS = [
  ['--format=gnu'],
  ['--format=oldgnu'],
  ...['0.0', '0.1', '1.0'].map((version) => ['--format=posix', `--sparse-version=${version}`]),
];

describe('GNU tar’s sparse files', () => {
  test.each(FORMATS)('%s %s', async (...format) => {
    // More stretches than a header takes, and than one block after it; the first and the last bytes are holes.
    const positions = Array.from({ length: 60 }, (_, n) => (2 * n + 1) << 16);
    const path = await makeSparse(8_000_001, positions);
    const archive = execFileSync('tar', [...format, '--sparse', '-C', join(base, 'source'), '-cf', '-', 'holes'], {
      maxBuffer: 1 << 26,
    });
    expect(archive.length).toBeLessThan(2_000_000);
    await extract(Readable.from([archive]), join(base, 'target'), { whiteouts: 'literal' });
    const target = join(base, 'target/holes');
    expect((await readFile(target)).equals(await readFile(path))).toBe(true);
    expect((await stat(target)).blocks).toBeLessThan(12_000);
    const reader = new TarReader(Readable.from([archive]));
    expect((await reader.next())?.size).toBe(8_000_001);
    expect((await reader.readAll()).equals(await readFile(path))).toBe(true);
    expect(await reader.next()).toBeUndefined();
  });
});

test('a file of more than 8 GiB keeps its size, its content and its holes', async () => {
  const size = 9 * 2 ** 30 + 1;
  const positions = [0, 2 ** 32 + 12_345, 8 * 2 ** 30, size - 20];
  await makeSparse(size, positions);
  await extract(pack(walkTree(Buffer.from(join(base, 'source')))), join(base, 'target'), { whiteouts: 'literal' });
  await using file = await open(join(base, 'target/holes'));
  const stats = await file.stat();
  expect(stats.size).toBe(size);
  expect(stats.blocks * 512).toBeLessThan(1 << 20);
  for (const position of positions) {
    const { buffer } = await file.read(Buffer.alloc(20), 0, 20, position);
    expect(buffer.toString().replaceAll('\0', '')).toBe(`data at ${position}`);
  }
}, 60_000);

describe('a broken map is refused', () => {
  const part = (flag: string, content: Buffer): Buffer => {
    const header = encodeHeader({
      ...{ name: Buffer.from('holes'), linkname: Buffer.alloc(0), flag, size: content.length },
      ...{ mode: 0o644, uid: 0, gid: 0, mtime: 0, major: 0, minor: 0 },
    });
    return Buffer.concat([header, content, Buffer.alloc(-content.length & 511)]);
  };
  const says = (records: Readonly<Record<string, string>>): Buffer =>
    part('x', Buffer.concat(Object.entries(records).map(([key, value]) => encodePaxRecord(key, Buffer.from(value)))));
  const map = (text: string, size: string): Buffer => says({ 'GNU.sparse.map': text, 'GNU.sparse.size': size });
  const newest = says({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '4096' });

  test.each<[string, Buffer]>([
    ['stretches that overlap', Buffer.concat([map('0,4,2,4', '100'), part('0', Buffer.alloc(8))])],
    ['a stretch beyond the end', Buffer.concat([map('96,8', '100'), part('0', Buffer.alloc(8))])],
    ['more data than its stretches', Buffer.concat([map('0,4', '100'), part('0', Buffer.alloc(8))])],
    ['less data than its stretches', Buffer.concat([map('0,9', '100'), part('0', Buffer.alloc(8))])],
    ['half a stretch', Buffer.concat([map('0,4,8', '100'), part('0', Buffer.alloc(4))])],
    ['a size that is none', Buffer.concat([map('0,4', '-1'), part('0', Buffer.alloc(4))])],
    ['numbers too large', Buffer.concat([map('0,4', '9'.repeat(17)), part('0', Buffer.alloc(4))])],
    ['a map longer than the file', Buffer.concat([newest, part('0', Buffer.from('9\n'.repeat(10)))])],
    ['a map without end', Buffer.concat([newest, part('0', Buffer.from(`999999999\n${'0\n'.repeat(2 ** 20)}`))])],
    ['a link', Buffer.concat([map('0,0', '0'), part('2', Buffer.alloc(0))])],
    ['an unknown format', Buffer.concat([says({ 'GNU.sparse.major': '2' }), part('0', Buffer.alloc(0))])],
    ['an old header cut off', part('S', Buffer.alloc(0)).fill(1, 482, 483)],
  ])('%s', async (_, archive) => {
    const reader = new TarReader(Readable.from([archive]));
    await expect(reader.next()).rejects.toMatchObject({ kind: 'invalid', code: 'tar-invalid' });
  });
});
