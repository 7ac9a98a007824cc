import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { pack } from '../archive/pack.ts';
import { tarEntry } from '../archive/tar-entry.ts';
import { putArchive } from './archive-files.ts';
import { LayerContents } from './destination.ts';

test('an archive of a few hundred KiB that unpacks to hundreds of MiB of small files stays out of memory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-add-'));
  try {
    const content = Buffer.alloc(60_000);
    const entries = Array.from({ length: 2000 }, (_, i) => ({
      entry: tarEntry({ name: `f${i}`, size: content.length }),
      content,
    }));
    const archive = join(folder, 'bomb.tar.gz');
    await writeFile(archive, gzipSync(await buffer(pack(entries)), { level: 1 }));
    const contents = new LayerContents(folder, { uid: 0, gid: 0 }, 0n);
    const options = { folder: join(folder, 'scratch'), owner: undefined, signal: AbortSignal.timeout(30_000) };
    await putArchive(contents, Buffer.from(archive), '/', options);
    const items = contents.items();
    const inMemory = items.flatMap((item) =>
      'content' in item && Buffer.isBuffer(item.content) ? [item.content] : [],
    );
    expect(items).toHaveLength(2000);
    expect(inMemory.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(32 << 20);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
