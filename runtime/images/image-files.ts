import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { PlainFolder } from '../archive/folder.ts';
import { pack } from '../archive/pack.ts';
import { type FoundFile, walkFolder } from '../archive/walk.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import type { Image, ImageStore } from './image-store.ts';

/** An image whose files are wanted, and the folder of the archive that they are to be in: empty for its root. */
export interface WantedFiles {
  readonly image: Image;
  readonly below: string;
}

/** What the files of images are read from. */
export interface ImageFilesGround {
  readonly images: Pick<ImageStore, 'hold' | 'unpack'>;
  readonly snapshots: Pick<Snapshotter, 'view' | 'unmount'>;
}

/**
 * A tar archive of all files of images as their layers leave them, without a container and so without the files that one
 * would add (`GET /lapstrake/files`). Layers that are not unpacked are. Destroying the stream lets everything go.
 */
export function imageFiles(wanted: readonly WantedFiles[], ground: ImageFilesGround, signal: AbortSignal): Readable {
  return Readable.from(archiveOf(wanted, ground, signal), { objectMode: false, highWaterMark: 1 << 20 });
}

/** The files of an image, where they are shown. */
interface View {
  readonly root: string;
  readonly below: string;
}

/** What is packed is read after it was found: the views last as long as the archive. */
async function* archiveOf(
  wanted: readonly WantedFiles[],
  { images, snapshots }: ImageFilesGround,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  using _held = images.hold(wanted.flatMap(({ image }) => image.layers.map(({ diffId }) => diffId)));
  const keys: string[] = [];
  try {
    const views: View[] = [];
    for (const { image, below } of wanted) {
      const top = await images.unpack(image, signal);
      if (top === undefined) continue;
      const key = `files-${randomBytes(8).toString('hex')}`;
      views.push({ root: await snapshots.view(key, top), below });
      keys.push(key);
    }
    yield* pack(filesOf(views, signal));
  } finally {
    for (const key of keys) await snapshots.unmount(key);
  }
}

async function* filesOf(views: readonly View[], signal: AbortSignal): AsyncGenerator<FoundFile> {
  for (const { root, below } of views) {
    for await (const file of walkFolder(new PlainFolder(Buffer.from(root)), Buffer.from(below))) {
      signal.throwIfAborted();
      yield file;
    }
  }
}
