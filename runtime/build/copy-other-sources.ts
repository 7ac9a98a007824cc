import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseChmod } from '../../core/plan/chmod.ts';
import type { CopyEffect, CopySource } from '../../core/plan/effect.ts';
import type { SourceRange } from '../../core/plan/source-range.ts';
import { tarEntry } from '../archive/tar-entry.ts';
import { putArchive } from './archive-files.ts';
import { beginsAsTar } from './context-archives.ts';
import { checkNoDirectory, filesOfOrigin, putFiles } from './copy-files.ts';
import type { Owner } from './copy-owner.ts';
import type { LayerContents } from './destination.ts';
import { madeTime } from './made-time.ts';
import type { StepContext } from './step-context.ts';

/** Where sources go, and as whose. */
interface Into {
  readonly contents: LayerContents;
  readonly owner: Owner;
  /** Of what brings owners of its own. */
  readonly archiveOwner: Owner | undefined;
  readonly destination: string;
  /** The image has a directory at the destination. */
  readonly isInto: boolean;
  readonly scratch: string;
  readonly keyword: string;
  readonly range: SourceRange;
  readonly signal: AbortSignal;
}

/** Puts the sources that are no paths into a layer: heredocs, URLs, repositories. */
export async function putOtherSources(context: StepContext, copy: CopyEffect, into: Into): Promise<void> {
  for (const [index, source] of copy.sources.entries()) {
    if (source.kind === 'heredoc') await putHeredoc(context, copy, source, into);
    if (source.kind === 'url') await putDownload(context, copy, source, into, index);
    if (source.kind === 'git') await putRepository(context, copy, source, into);
  }
}

async function putHeredoc(
  context: StepContext,
  copy: CopyEffect,
  source: CopySource & { readonly kind: 'heredoc' },
  { contents, owner, isInto, range }: Into,
): Promise<void> {
  const content = Buffer.from(source.content);
  const mode = modeOf(copy, 0o644);
  const destination = await placeOf(copy, source.name, isInto, contents);
  await checkNoDirectory(contents, destination, range);
  await contents.put(destination, (name) => ({
    entry: tarEntry({ name, mode, size: content.length, mtime: madeTime(context), ...owner }),
    content,
  }));
}

async function putDownload(
  { remotes, signal }: StepContext,
  copy: CopyEffect,
  source: CopySource & { readonly kind: 'url' },
  { contents, owner, archiveOwner, isInto, scratch, range }: Into,
  index: number,
): Promise<void> {
  const file = await remotes.file(source, copy.checksum);
  const [path, stats] = [Buffer.from(file), await lstat(file, { bigint: true })];
  if (copy.unpack === 'all' && (await beginsAsTar(file, signal))) {
    const folder = join(scratch, `download-${index}`);
    return putArchive(contents, path, copy.destination, { folder, owner: archiveOwner, signal });
  }
  const destination = await placeOf(copy, source.fileName, isInto, contents);
  await checkNoDirectory(contents, destination, range);
  const mode = modeOf(copy, 0o600);
  await contents.put(destination, (name) => ({ name, path, stats, as: { mode, ...owner } }));
}

/** What a repository holds goes into the destination, as the contents of a directory do. */
async function putRepository(
  { remotes, signal }: StepContext,
  copy: CopyEffect,
  source: CopySource & { readonly kind: 'git' },
  into: Into,
): Promise<void> {
  const root = await remotes.repository(source, copy);
  const all = { ...copy, sources: [{ kind: 'path' as const, text: '/', range: source.range }], parents: false };
  const { files } = await filesOfOrigin(all, into.keyword, root, true, into.range, signal);
  await into.contents.makeDirectory(copy.destination);
  await putFiles(into.contents, root, files, into);
}

async function placeOf(copy: CopyEffect, name: string, isInto: boolean, contents: LayerContents): Promise<string> {
  if (isInto || copy.destinationRule === 'directory') return join(copy.destination, name);
  return contents.followed(copy.destination);
}

function modeOf({ chmod }: CopyEffect, usual: number): number {
  return (chmod === undefined ? undefined : parseChmod(chmod))?.(usual, false) ?? usual;
}
