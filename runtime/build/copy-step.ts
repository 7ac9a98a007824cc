import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseChmod } from '../../core/plan/chmod.ts';
import type { CopyEffect } from '../../core/plan/effect.ts';
import type { SourceRange } from '../../core/plan/source-range.ts';
import { pack } from '../archive/pack.ts';
import { tarEntry } from '../archive/tar-entry.ts';
import { addTarLayer } from './add-layer.ts';
import { unsupportedHere } from './build-error.ts';
import { Cleanup } from './cleanup.ts';
import { checkUnchanged } from './context-changes.ts';
import { checkNoDirectory, filesOfOrigin, intoDirectory, putFiles } from './copy-files.ts';
import { copyOwner, type Owner } from './copy-owner.ts';
import { LayerContents } from './destination.ts';
import { download } from './remote-source.ts';
import { temporaryFolder, viewRoot } from './roots.ts';
import type { MadeLayer, StepContext } from './step-context.ts';

/** Brings files into a new layer (COPY and ADD), written as a tar without running anything. */
export async function copyStep(
  context: StepContext,
  copy: CopyEffect,
  keyword: string,
  range: SourceRange,
): Promise<MadeLayer> {
  const { floor, state, signal, request } = context;
  await using cleanup = new Cleanup();
  const target = await viewRoot(floor, state, signal);
  cleanup.defer(() => target[Symbol.asyncDispose]());
  const scratch = await temporaryFolder(floor);
  cleanup.defer(() => scratch[Symbol.asyncDispose]());
  const owner = await copyOwner(target.path, copy.chown, range);
  const contents = new LayerContents(target.path, owner, secondsAt(floor.now()), directoryMode(copy));
  const isInto =
    copy.destinationRule === 'into-if-directory' && (await contents.existing(copy.destination))?.isDirectory() === true;
  const options = {
    destination: copy.destination,
    owner,
    archiveOwner: copy.chown === undefined ? undefined : owner,
    scratch: scratch.path,
    range,
    signal,
  };
  if (copy.origin.kind === 'context') {
    const files = copy.files ?? [];
    await putFiles(contents, request.context, isInto ? intoDirectory(files, copy.destination) : files, options);
  } else {
    const origin = await viewRoot(floor, await context.origin(copy.origin), signal);
    cleanup.defer(() => origin[Symbol.asyncDispose]());
    const into = isInto || copy.destinationRule === 'directory';
    const { files, isDirectory } = await filesOfOrigin(copy, keyword, origin.path, into, range, signal);
    await putFiles(contents, origin.path, files, { ...options, owner: options.archiveOwner });
    if (isDirectory) await contents.makeDirectory(copy.destination);
  }
  if (copy.isDirectory === true) await contents.makeDirectory(copy.destination);
  await putOtherSources(context, copy, { contents, owner, isInto, scratch: scratch.path, range });
  const made = await addTarLayer(context, pack(contents.items()));
  if (copy.origin.kind !== 'context') return made;
  try {
    await checkUnchanged(context, copy.files ?? [], range);
  } catch (error) {
    await floor.images.discard([made.diffId]);
    throw error;
  }
  return made;
}

/** Of directories that COPY and ADD make on the way: `--chmod` holds for them too, where it is a number. */
function directoryMode({ chmod = '' }: CopyEffect): number {
  return /^[0-7]+$/.test(chmod) ? Number.parseInt(chmod, 8) & 0o777 : 0o755;
}

/** Heredocs and URLs. */
async function putOtherSources(
  { signal, floor }: StepContext,
  copy: CopyEffect,
  into: {
    readonly contents: LayerContents;
    readonly owner: Owner;
    readonly isInto: boolean;
    readonly scratch: string;
    readonly range: SourceRange;
  },
): Promise<void> {
  const { contents, owner, range } = into;
  const chmod = copy.chmod === undefined ? undefined : parseChmod(copy.chmod);
  const place = (name: string): string =>
    into.isInto || copy.destinationRule === 'directory' ? join(copy.destination, name) : copy.destination;
  const followed = (path: string): Promise<string> | string =>
    path === copy.destination ? contents.followed(path) : path;
  for (const [index, source] of copy.sources.entries()) {
    if (source.kind === 'git') throw unsupportedHere('ADD of a Git repository', source.range);
    if (source.kind === 'heredoc') {
      const content = Buffer.from(source.content);
      const mode = chmod?.(0o644, false) ?? 0o644;
      const destination = await followed(place(source.name));
      await checkNoDirectory(contents, destination, range);
      await contents.put(destination, (name) => ({
        entry: tarEntry({ name, mode, size: content.length, mtime: secondsAt(floor.now()), ...owner }),
        content,
      }));
    }
    if (source.kind === 'url') {
      const file = join(into.scratch, `download-${index}`);
      await download(source.url, file, { checksum: copy.checksum, range: source.range, signal });
      const [path, stats] = [Buffer.from(file), await lstat(file, { bigint: true })];
      const destination = await followed(place(source.fileName));
      await checkNoDirectory(contents, destination, range);
      await contents.put(destination, (name) => ({
        name,
        path,
        stats,
        as: { mode: chmod?.(0o600, false) ?? 0o600, ...owner },
      }));
    }
  }
}

/** A moment in nanoseconds, whole seconds. */
export function secondsAt(moment: Date): bigint {
  return BigInt(Math.floor(moment.getTime() / 1000)) * 1_000_000_000n;
}
