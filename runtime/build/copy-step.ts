import type { CopyEffect } from '../../core/plan/effect.ts';
import type { SourceRange } from '../../core/plan/source-range.ts';
import { pack } from '../archive/pack.ts';
import { addTarLayer } from './add-layer.ts';
import { Cleanup } from './cleanup.ts';
import { checkUnchanged } from './context-changes.ts';
import { filesOfOrigin, intoDirectory, putFiles } from './copy-files.ts';
import { putOtherSources } from './copy-other-sources.ts';
import { copyOwner } from './copy-owner.ts';
import { LayerContents } from './destination.ts';
import { madeTime } from './made-time.ts';
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
  const contents = new LayerContents(target.path, owner, madeTime(context), directoryMode(copy));
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
  await putOtherSources(context, copy, { ...options, contents, isInto, keyword });
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
