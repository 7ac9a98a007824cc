import { lstatSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Turns } from '../../core/disk/turns.ts';
import { parseChmod } from '../../core/plan/chmod.ts';
import type { CopyEffect, PlannedFile } from '../../core/plan/effect.ts';
import { type ResolvedCopy, resolveCopy } from '../../core/plan/resolve-copy.ts';
import type { SourceRange } from '../../core/plan/source-range.ts';
import { putArchive } from './archive-files.ts';
import { BuildError } from './build-error.ts';
import { CopiedLinks } from './copied-links.ts';
import type { Owner } from './copy-owner.ts';
import type { LayerContents } from './destination.ts';
import { readOriginTree } from './origin-tree.ts';

/** Finds the files of a COPY from another stage or image, whose tree the plan could not see. */
export async function filesOfOrigin(
  copy: CopyEffect,
  keyword: string,
  root: string,
  intoDirectory: boolean,
  range: SourceRange,
  signal: AbortSignal,
): Promise<ResolvedCopy> {
  const sources = copy.sources.flatMap((source) => (source.kind === 'path' ? [source.text] : []));
  const tree = await readOriginTree(root, sources, signal);
  const chmod = copy.chmod === undefined ? undefined : parseChmod(copy.chmod);
  const resolved = resolveCopy({
    tree,
    sources,
    destination: copy.destination,
    intoDirectory,
    exclude: copy.exclude,
    parents: copy.parents,
    devices: true,
    ...(chmod !== undefined && { chmod }),
  });
  const missing = sources.find((_, i) => resolved.outcomes[i]?.kind === 'missing');
  if (missing !== undefined) {
    throw new BuildError('invalid', {
      code: 'copy-source-missing',
      message: `${keyword} failed: stat ${missing}: file does not exist`,
      range,
      subject: missing,
    });
  }
  if (resolved.needsDirectory) {
    throw new BuildError('invalid', {
      code: 'copy-destination-invalid',
      message: `When using ${keyword} with more than one source file, the destination must be a directory and end with a /`,
      range,
      subject: copy.destination,
    });
  }
  return resolved;
}

/** Puts planned files, found below `root`, into a layer. */
export async function putFiles(
  contents: LayerContents,
  root: string,
  files: readonly PlannedFile[],
  options: {
    /** The path that a single file becomes; a link there is followed, as none is below it. */
    readonly destination: string;
    /** Without one, everything keeps the owner that it has. */
    readonly owner: Owner | undefined;
    /** Archives keep the owners that they name, unless `--chown` says otherwise. */
    readonly archiveOwner: Owner | undefined;
    readonly scratch: string;
    readonly range: SourceRange;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const links = new CopiedLinks(files);
  const turns = new Turns(options.signal);
  for (const [index, file] of files.entries()) {
    if (turns.isOver) await turns.next();
    const path = Buffer.from(join(root, file.source));
    if (file.extract === true) {
      const folder = join(options.scratch, `archive-${index}`);
      await putArchive(contents, path, file.destination, {
        folder,
        owner: options.archiveOwner,
        signal: options.signal,
      });
      continue;
    }
    const stats = lstatSync(path, { bigint: true });
    const owner = options.owner ?? { uid: Number(stats.uid), gid: Number(stats.gid) };
    const as = { mode: file.type === 'symlink' ? 0o777 : file.mode, ...owner };
    if (file.type === 'directory') {
      await checkNothingElse(contents, file.destination, options.range);
      await contents.putDirectory(file.destination, (name) => ({ name, path, stats, as }));
      continue;
    }
    const isDestination = file.destination === options.destination;
    const destination = isDestination ? await contents.followed(file.destination) : file.destination;
    await checkNoDirectory(contents, destination, options.range);
    await contents.put(destination, (name) => links.linked(file, stats, name, as) ?? { name, path, stats, as });
  }
}

/** A file never takes the place of a directory. */
export async function checkNoDirectory(
  contents: LayerContents,
  destination: string,
  range: SourceRange,
): Promise<void> {
  if (!(await contents.existingAt(destination))?.isDirectory()) return;
  throw new BuildError('invalid', {
    code: 'copy-onto-directory',
    message: `cannot copy a file to ${destination}: the image has a directory there; end the destination with a / to copy into it`,
    range,
    subject: destination,
  });
}

/** A directory never takes the place of a file or of a link, not even of one that leads to a directory. */
async function checkNothingElse(contents: LayerContents, destination: string, range: SourceRange): Promise<void> {
  const there = await contents.existingAt(destination);
  if (there === undefined || there.isDirectory()) return;
  throw new BuildError('invalid', {
    code: 'copy-onto-file',
    message: `cannot copy to non-directory: ${destination}`,
    range,
    subject: destination,
  });
}

/** Where a single source goes whose destination may be a directory of the image. */
export function intoDirectory(files: readonly PlannedFile[], destination: string): PlannedFile[] {
  return files.map((file) =>
    file.destination === destination && file.extract !== true && file.type !== 'directory'
      ? { ...file, destination: join(destination, basename(file.source)) }
      : file,
  );
}
