import { basename } from 'node:path';
import type { ImageInfo } from 'dockerode';
import * as vscode from 'vscode';
import { familiarName, parseReference } from '../../core/image/reference.ts';
import { formatSize } from '../../core/image/size.ts';
import { tagProblem } from '../build/tags.ts';
import { requestStream } from '../engines/docker.ts';
import { readJsonLines } from '../engines/json-lines.ts';
import type { EngineSession } from '../engines/session.ts';
import type { Listing } from '../explorer/listing.ts';
import type { Reporter } from '../reporter.ts';
import { chooseTarget, openFile, writing } from './files.ts';
import { Command } from './ids.ts';
import { pickImages } from './pick.ts';
import { type Report, whileShown } from './progress.ts';
import { saveStream } from './save-stream.ts';
import { TransferProgress } from './transfer-progress.ts';

/** Save to File, Load from File, Import. */
export class ImageFileCommands {
  constructor(
    private readonly session: EngineSession,
    private readonly images: Listing<ImageInfo>,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(
      vscode.commands.registerCommand(Command.saveImage, (...given: unknown[]) => this.#save(given)),
      vscode.commands.registerCommand(Command.loadImage, (given?: unknown) => this.#load(given)),
      vscode.commands.registerCommand(Command.importImage, (given?: unknown) => this.#import(given)),
    );
  }

  async #save(given: readonly unknown[]): Promise<void> {
    const title = vscode.l10n.t('Save Image to File');
    await this.reporter.run(title, async () => {
      const docker = await this.session.ready();
      const nodes = await pickImages(this.images, given, () => true, title);
      const [first] = nodes;
      if (first === undefined) return;
      const names = nodes.map(({ reference }) => reference);
      const target = await chooseTarget(title, nodes.length === 1 ? first.reference : 'images');
      if (target === undefined) return;
      const sizes = new Map(nodes.map(({ image }) => [image.Id, image.Size]));
      const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
      const what = nodes.length === 1 ? first.reference : vscode.l10n.t('{0} images', nodes.length);
      const bytes = await whileShown(vscode.l10n.t('Saving {0}', what), 'lapstrake.images', async (report, signal) => {
        report(vscode.l10n.t('Waiting for the engine'));
        const query = new URLSearchParams(names.map((name): [string, string] => ['names', name]));
        return saveStream(
          await requestStream(docker, `/images/get?${query}`, signal),
          target,
          writing(total, report),
          signal,
        );
      });
      void announceFile(vscode.l10n.t('Saved {0} to “{1}” ({2}).', what, basename(target), formatSize(bytes)), target);
    });
  }

  async #load(given: unknown): Promise<void> {
    const title = vscode.l10n.t('Load Images from File');
    await this.reporter.run(title, async () => {
      const files = given instanceof vscode.Uri ? [given] : await chooseArchives(title, 'many');
      if (files.length === 0) return;
      const docker = await this.session.ready();
      for (const { fsPath } of files) {
        const loaded = await whileShown(
          vscode.l10n.t('Loading {0}', basename(fsPath)),
          'lapstrake.images',
          (report, signal) =>
            send(fsPath, report, signal, (archive) => docker.loadImage(archive, { abortSignal: signal })),
        );
        await this.images.refresh();
        const what = loaded.length === 0 ? `“${basename(fsPath)}”` : loaded.map((each) => `“${each}”`).join(', ');
        void vscode.window.showInformationMessage(vscode.l10n.t('Loaded {0}.', what));
      }
    });
  }

  async #import(given: unknown): Promise<void> {
    const title = vscode.l10n.t('Import File System as Image');
    await this.reporter.run(title, async () => {
      const [file] = given instanceof vscode.Uri ? [given] : await chooseArchives(title, 'one');
      if (file === undefined) return;
      const name = await vscode.window.showInputBox({
        title,
        prompt: vscode.l10n.t('Name and tag of the image that holds the files of {0}', basename(file.fsPath)),
        validateInput: tagProblem,
      });
      if (name === undefined) return;
      const parsed = parseReference(name);
      if (!parsed.ok) throw new Error(parsed.problem);
      const { reference } = parsed;
      const docker = await this.session.ready();
      const options = { repo: familiarName(reference), tag: reference.tag ?? 'latest' };
      await whileShown(vscode.l10n.t('Importing {0}', basename(file.fsPath)), 'lapstrake.images', (report, signal) =>
        send(file.fsPath, report, signal, (archive) =>
          docker.importImage(archive, { ...options, abortSignal: signal }),
        ),
      );
      await this.images.refresh();
      void vscode.window.showInformationMessage(vscode.l10n.t('Imported “{0}”.', name));
    });
  }
}

async function chooseArchives(title: string, how: 'one' | 'many'): Promise<readonly vscode.Uri[]> {
  const chosen = await vscode.window.showOpenDialog({
    title,
    canSelectMany: how === 'many',
    openLabel: how === 'many' ? vscode.l10n.t('Load') : vscode.l10n.t('Import'),
    filters: {
      [vscode.l10n.t('Archives')]: ['tar', 'tgz', 'gz', 'xz', 'zst', 'bz2'],
      [vscode.l10n.t('All files')]: ['*'],
    },
  });
  return chosen ?? [];
}

/** Sends a file to the engine and reads its answer. Gives the names or IDs of what was loaded. */
async function send(
  file: string,
  report: Report,
  signal: AbortSignal,
  request: (archive: NodeJS.ReadableStream) => Promise<NodeJS.ReadableStream>,
): Promise<readonly string[]> {
  const archive = await openFile(file, report, signal);
  try {
    const progress = new TransferProgress();
    await readJsonLines(await request(archive), (value) => report(progress.take(value).message), signal);
    if (progress.error !== undefined) throw new Error(progress.error);
    return progress.loaded;
  } finally {
    archive.destroy();
  }
}

async function announceFile(message: string, file: string): Promise<void> {
  const reveal = vscode.l10n.t('Copy Path');
  if ((await vscode.window.showInformationMessage(message, reveal)) === reveal)
    await vscode.env.clipboard.writeText(file);
}
