import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { type ChainId, parseDigest } from '../../core/image/digest.ts';
import { hasErrno } from '../os/errno.ts';

/**
 * What a snapshot's folder says of it. `link` is overlay's short name of a committed one; `boot` is there until its files
 * are on the disk, and names the run of the kernel that has them in memory. `shareable` says that no two of its names are
 * one file, so that later snapshots may have its files too, by hard links.
 */
const SnapshotDocument = z.object({
  parent: z.optional(z.string()),
  link: z.optional(z.string()),
  boot: z.optional(z.string()),
  shareable: z.optional(z.boolean()),
});

export interface CommittedSnapshot {
  readonly parent: ChainId | undefined;
  readonly link?: string | undefined;
  /** Later snapshots may have its files too. */
  readonly shareable: boolean;
}

/** Its name in the snapshot's folder. */
export const DOCUMENT = 'snapshot.json';

/** What a folder says of its snapshot; undefined where it says nothing that can be used. */
export async function readDocument(
  folder: string,
): Promise<(CommittedSnapshot & { boot: string | undefined }) | undefined> {
  try {
    const {
      parent,
      link,
      boot,
      shareable = false,
    } = z.parse(SnapshotDocument, JSON.parse(await readFile(join(folder, DOCUMENT), 'utf8')));
    return { parent: parent === undefined ? undefined : asChainId(parent), link, boot, shareable };
  } catch (error) {
    // Neither a missing document nor a broken one makes a snapshot: `recover` removes it and says so.
    if (hasErrno(error, 'ENOENT') || error instanceof SyntaxError || error instanceof z.core.$ZodError)
      return undefined;
    throw error;
  }
}

/** Undefined where the text is no digest. */
export function asChainId(text: string): ChainId | undefined {
  return parseDigest(text) as string | undefined as ChainId | undefined;
}
