import type { BlobInfo, BlobStore } from '../store/blob-store.ts';
import type { RegistryConnection } from './connection.ts';
import { beginUpload, hasBlob, uploadBlob } from './upload.ts';

/** Sees to it that the repository has a blob as the store has it: an image's config, say. */
export async function pushBlob(
  connection: RegistryConnection,
  blob: BlobInfo,
  blobs: Pick<BlobStore, 'open'>,
  signal: AbortSignal,
): Promise<void> {
  if (await hasBlob(connection, blob.digest, signal)) return;
  const begun = await beginUpload(connection, undefined, signal);
  const open = (start: number) => blobs.open(blob.digest, { start });
  if (begun !== undefined) await uploadBlob(connection, { ...blob, open }, begun, signal);
}
