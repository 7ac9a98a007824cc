import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { asDiffId, type ChainId, parseDigest } from '../../core/image/digest.ts';
import { TarReader } from '../archive/tar-reader.ts';
import { type ImageFilesGround, imageFiles } from './image-files.ts';
import type { Image } from './image-store.ts';

const diffId = asDiffId(parseDigest(`sha256:${'a'.repeat(64)}`)!);
const image = { layers: [{ diffId }] } as unknown as Image;

/** Each view is a folder of many small files and, last, a large one, gone with the view. */
async function groundOf(files: number): Promise<ImageFilesGround & { readonly shown: Set<string> }> {
  const shown = new Set<string>();
  const roots = new Map<string, string>();
  return {
    shown,
    images: {
      hold: () => ({ [Symbol.dispose]: () => undefined }),
      unpack: async () => 'sha256:top' as string as ChainId,
    },
    snapshots: {
      view: async (key) => {
        const root = await mkdtemp(join(tmpdir(), 'lapstrake-view-'));
        await mkdir(join(root, 'd'));
        for (let i = 0; i < files; i++) await writeFile(join(root, 'd', `${i}`), `${i}`);
        await writeFile(join(root, 'z'), Buffer.alloc(8 << 20));
        roots.set(key, root);
        shown.add(key);
        return root;
      },
      unmount: async (key) => {
        shown.delete(key);
        await rm(roots.get(key)!, { recursive: true });
      },
    },
  };
}

it('has every file of every image, and leaves no view', async () => {
  const ground = await groundOf(100);
  const wanted = ['', 'other'].map((below) => ({ image, below }));
  const reader = new TarReader(imageFiles(wanted, ground, new AbortController().signal));
  const names: string[] = [];
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) names.push(`${entry.name}`);
  expect(names).toHaveLength(204);
  expect(names.at(-1)).toBe('other/z');
  expect(ground.shown.size).toBe(0);
});

it('keeps a view as long as anything of it is to be read, and lets it go where nobody reads on', async () => {
  const ground = await groundOf(3);
  const archive = imageFiles([{ image, below: '' }], ground, new AbortController().signal);
  await archive[Symbol.asyncIterator]().next();
  expect(ground.shown.size).toBe(1);
  archive.destroy();
  await expect.poll(() => ground.shown.size).toBe(0);
});
