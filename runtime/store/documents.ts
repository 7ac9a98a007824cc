import { readFileSync } from 'node:fs';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { internal } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { makeFolderDurably, removeTemporaryFiles, writeFileAtomically } from './atomic-file.ts';
import type { DocumentStore, ParseDocument } from './document-store.ts';
import { SerialByName } from './serial-by-name.ts';

const SUFFIX = '.json';

/** Keeps each document in a file of its own in `folder`, which is made at the first write. */
export function openDocuments<T>(folder: string, parse: ParseDocument<T>): DocumentStore<T> {
  // Names come from users too: what a file name cannot hold is percent-encoded.
  const fileOf = (name: string): string => join(folder, `${encodeURIComponent(name).replace(/^\./, '%2E')}${SUFFIX}`);
  const writes = new SerialByName();
  return {
    async get(name) {
      try {
        // At once: it is short, and four rounds through the thread pool take many times as long as reading it.
        return parse(JSON.parse(readFileSync(fileOf(name), 'utf8')));
      } catch (cause) {
        if (hasErrno(cause, 'ENOENT')) return undefined;
        throw internal({
          code: 'document-corrupt',
          message: `${fileOf(name)} cannot be read: ${String(cause)}; remove it and restart the engine`,
          subject: name,
          cause,
        });
      }
    },
    put(name, document) {
      const text = JSON.stringify(document);
      return writes.run(name, async () => {
        await makeFolderDurably(folder);
        await writeFileAtomically(fileOf(name), text);
      });
    },
    delete(name) {
      return writes.run(name, () => rm(fileOf(name), { force: true }));
    },
    async touch(name) {
      const now = new Date();
      await utimes(fileOf(name), now, now).catch(unlessMissing);
    },
    async usedAt(name) {
      return (await stat(fileOf(name)).catch(unlessMissing))?.mtime;
    },
    async names() {
      try {
        const files = (await readdir(folder)).filter((file) => file.endsWith(SUFFIX) && !file.startsWith('.'));
        return files.map((file) => decodeURIComponent(file.slice(0, -SUFFIX.length))).sort();
      } catch (error) {
        if (hasErrno(error, 'ENOENT')) return [];
        throw error;
      }
    },
    async recover() {
      return (await removeTemporaryFiles(folder)).map((path) => `removed ${path}, which an interrupted write left`);
    },
  };
}

function unlessMissing(error: unknown): undefined {
  if (!hasErrno(error, 'ENOENT')) throw error;
}
