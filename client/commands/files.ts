import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { addAbortSignal, pipeline, type Readable, Transform } from 'node:stream';
import { pipeline as pipelineDone } from 'node:stream/promises';
import * as vscode from 'vscode';
import { formatSize } from '../../core/image/size.ts';
import type { Report } from './progress.ts';

/** Asks where a tar archive of this name shall go; an absolute path. Undefined where the user changed their mind. */
export async function chooseTarget(title: string, name: string): Promise<string | undefined> {
  const file = `${name.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '')}.tar`;
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath ?? homedir();
  const chosen = await vscode.window.showSaveDialog({
    title,
    defaultUri: vscode.Uri.file(join(folder, file)),
    filters: { [vscode.l10n.t('Archives')]: ['tar'] },
  });
  if (chosen === undefined) return undefined;
  if (chosen.scheme !== 'file') throw new Error(vscode.l10n.t('only files of this machine can be written'));
  return chosen.fsPath;
}

/**
 * Writes a stream to a file that is whole or not there: under another name until its last byte. `expected` is about how
 * many bytes will come, or 0. Gives the bytes written.
 */
export async function saveStream(
  source: NodeJS.ReadableStream,
  target: string,
  expected: number,
  report: Report,
  signal: AbortSignal,
): Promise<number> {
  const unfinished = join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}.part`);
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (expected === 0) report(formatSize(bytes));
      else
        report(
          vscode.l10n.t('{0} of about {1}', formatSize(bytes), formatSize(Math.max(bytes, expected))),
          bytes / expected,
        );
      done(undefined, chunk);
    },
  });
  try {
    await pipelineDone(source, count, createWriteStream(unfinished, { flags: 'wx', flush: true }), { signal });
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return bytes;
}

/** Opens a file to be sent; its progress is what was taken of it. Whoever gets the stream destroys it. */
export async function openFile(file: string, report: Report, signal: AbortSignal): Promise<Readable> {
  const { size } = await stat(file);
  let sent = 0;
  const count = new Transform({
    transform(chunk: Buffer, _, done) {
      sent += chunk.length;
      report(vscode.l10n.t('{0} of {1}', formatSize(sent), formatSize(size)), sent / size);
      done(undefined, chunk);
    },
  });
  // An error of the file ends the stream with it; who reads the stream hears of it.
  pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), count, () => undefined);
  return addAbortSignal(signal, count);
}
