// What tests of images build on: layers of given files, and a snapshotter that only remembers.
import { PassThrough, type Readable } from 'node:stream';
import type { ChainId } from '../../core/image/digest.ts';
import { paddingOf, tarEntry } from '../archive/tar-entry.ts';
import { END_OF_ARCHIVE, encodeEntry } from '../archive/tar-writer.ts';
import { conflict, notFound } from '../errors.ts';
import type { Snapshotter, UnpackedLayer } from '../snapshots/snapshotter.ts';

/** A layer's tar with these files. */
export function layerTar(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const data = Buffer.from(content as string);
    return [encodeEntry(tarEntry({ name, size: data.length })), data, Buffer.alloc(paddingOf(data.length))];
  });
  return Buffer.concat([...parts, END_OF_ARCHIVE]);
}

/** Keeps the names of committed snapshots and reads what it is given; it can hold no active ones. */
export class RememberingSnapshotter implements Snapshotter {
  readonly name = 'vfs';
  readonly parents = new Map<ChainId, ChainId | undefined>();

  async has(chain: ChainId): Promise<boolean> {
    return this.parents.has(chain);
  }
  async apply(chain: ChainId, parent: ChainId | undefined, tar: Readable): Promise<void> {
    if (parent !== undefined && !this.parents.has(parent))
      throw notFound({ code: 'snapshot-missing', message: parent });
    for await (const _ of tar);
    this.parents.set(chain, parent);
  }
  async unpack(parent: ChainId | undefined, tar: Readable): Promise<UnpackedLayer> {
    for await (const _ of tar);
    return {
      commit: async (chain) => {
        this.parents.set(chain, parent);
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
  async removeCommitted(chain: ChainId): Promise<void> {
    if (!this.parents.has(chain)) throw notFound({ code: 'snapshot-missing', message: chain });
    if ([...this.parents.values()].includes(chain)) throw conflict({ code: 'snapshot-in-use', message: chain });
    this.parents.delete(chain);
  }
  async list() {
    return { committed: [...this.parents.keys()], active: [] };
  }
  async settle(): Promise<void> {}
  async lost() {
    return [];
  }
  adopt(): Promise<string> {
    return this.mount();
  }

  describe(): null {
    return null;
  }
  async recover(): Promise<string[]> {
    return [];
  }
  async prepare(): Promise<void> {}
  async mount(): Promise<string> {
    return '/';
  }
  async unmount(): Promise<void> {}
  async view(): Promise<string> {
    return '/';
  }
  diff(): Readable {
    return new PassThrough().end();
  }
  async changes() {
    return [];
  }
  async commit(): Promise<void> {}
  async usage() {
    return { bytes: 0, files: 0 };
  }
  async remove(): Promise<void> {}
}
