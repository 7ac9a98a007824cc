import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { addAbortSignal, pipeline, type Readable, Transform } from 'node:stream';
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

/** What is said of a file that is being written; `expected` is about how many bytes there will be, or 0. */
export function writing(expected: number, report: Report): (bytes: number) => void {
  return (bytes) => {
    if (expected === 0) return report(formatSize(bytes));
    const all = formatSize(Math.max(bytes, expected));
    report(vscode.l10n.t('{0} of about {1}', formatSize(bytes), all), bytes / expected);
  };
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
