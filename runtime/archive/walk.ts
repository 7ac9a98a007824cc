import { lstat } from 'node:fs/promises';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { AnchoredFolder, type Folder, lastName, PlainFolder } from './folder.ts';
import type { PackedFile } from './pack.ts';
import { shownName } from './shown-name.ts';

/** Files that are looked at at a time. */
const MOST_AHEAD = 32;
/** Bytes that the kernel takes as one path: a tree that is deeper fits no archive. */
const LONGEST_PATH = 4095;
const SLASH = Buffer.from('/');

/** A file of a tree, in the directory that it was found in. */
export interface FoundFile extends PackedFile {
  readonly folder: Folder;
}

/**
 * Files below a directory in the order of their names' bytes, a directory before what it holds; names without a leading
 * slash. A file's folder lasts until the next one is asked for, unless it is held.
 */
export async function* walkTree(root: Buffer): AsyncGenerator<FoundFile> {
  yield* walkFolder(new PlainFolder(root), Buffer.alloc(0));
}

/** The same of a tree in which a container may be at work: whatever it puts where, nothing outside is looked at. */
export async function* walkLiveTree(root: Buffer): AsyncGenerator<FoundFile> {
  const folder = await AnchoredFolder.open(root);
  try {
    yield* walkFolder(folder, Buffer.alloc(0));
  } finally {
    folder.release();
  }
}

/** The same of a directory that has the name `below` in its tree. Error: EngineError `invalid`, code `path-too-long`. */
export async function* walkFolder(folder: Folder, below: Buffer): AsyncGenerator<FoundFile> {
  const names = (await folder.names()).sort(Buffer.compare);
  for (let at = 0; at < names.length; at += MOST_AHEAD) {
    const some = names.slice(at, at + MOST_AHEAD).map((last) => lookAt(folder, below, last));
    for (const file of await Promise.all(some)) {
      if (file === undefined) continue;
      yield file;
      if (!file.stats.isDirectory()) continue;
      const inside = await enter(file);
      if (inside === undefined) continue;
      try {
        yield* walkFolder(inside, file.name);
      } finally {
        inside.release();
      }
    }
  }
}

/** A file by its last name; undefined where it has gone. */
export async function lookAt(folder: Folder, below: Buffer, last: Buffer): Promise<FoundFile | undefined> {
  const path = folder.at(last);
  const name = below.length === 0 ? last : Buffer.concat([below, SLASH, last]);
  if (name.length > LONGEST_PATH) {
    throw invalid({ code: 'path-too-long', message: `the path of ${shownName(name)} is too long for any archive` });
  }
  try {
    return { name, path, folder, stats: await lstat(path, { bigint: true }) };
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The directory that was found; undefined where something else has come in its place. */
export function enter({ folder, name }: FoundFile): Promise<Folder | undefined> {
  return folder.enter(lastName(name));
}
