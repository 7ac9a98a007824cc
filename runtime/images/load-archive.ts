import type { Readable } from 'node:stream';
import type { ArchiveLimits } from '../archive/limits.ts';
import { DEFAULT_LIMITS } from '../archive/limits.ts';
import { invalid } from '../errors.ts';
import { ArchiveFiles } from './archive-files.ts';
import { loadFirstFormat } from './load-first-format.ts';
import { loadLayout } from './load-layout.ts';
import type { LoadedImage, LoadOptions } from './load-one.ts';
import { loadSaved } from './load-saved.ts';

/** How an archive is loaded; limits are the safe ones where undefined. */
export interface LoadArchiveOptions extends Omit<LoadOptions, 'limits'> {
  readonly limits?: ArchiveLimits | undefined;
}

/**
 * Takes in the images of an archive: what `docker save` writes (`manifest.json`), what its first versions wrote
 * (`repositories`), or an OCI image layout in a tar; compressed or not, its entries in any order, in constant memory.
 * Errors: EngineError `invalid`, naming the entry that is to blame; nothing stays then of an image that was not whole.
 */
export async function loadArchive(archive: Readable, options: LoadArchiveOptions): Promise<LoadedImage[]> {
  const { limits = DEFAULT_LIMITS } = options;
  const files = new ArchiveFiles(options.blobs, limits);
  const loading = { ...options, limits };
  try {
    await files.read(archive, options.signal);
    if (files.has('manifest.json')) return await loadSaved(files, loading);
    if (files.has('index.json')) return await loadLayout(files, loading);
    if (files.has('repositories') && options.only !== undefined) {
      throw invalid({
        code: 'platform-unknown',
        message: 'an archive of the first format does not tell for what platform it is',
      });
    }
    if (files.has('repositories')) return await loadFirstFormat(files, loading);
    throw invalid({
      code: 'archive-without-images',
      message:
        'the archive holds no image: it has neither manifest.json nor repositories (docker save) nor index.json (OCI layout)',
    });
  } finally {
    await files.release(options.images);
  }
}
