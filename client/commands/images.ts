import type { ImageInfo } from 'dockerode';
import * as vscode from 'vscode';
import { familiarName, familiarReference, parseReference, withDefaultTag } from '../../core/image/reference.ts';
import { tagProblem } from '../build/tags.ts';
import { inspectUri } from '../documents/inspect.ts';
import { readJsonLines } from '../engines/json-lines.ts';
import type { EngineSession } from '../engines/session.ts';
import type { Listing } from '../explorer/listing.ts';
import type { Reporter } from '../reporter.ts';
import { confirmRemoval } from './confirm.ts';
import { Command, type CommandId } from './ids.ts';
import { pickImage } from './pick.ts';
import { PullProgress } from './pull-progress.ts';

/** Inspect, tag, pull and remove images. */
export class ImageCommands {
  constructor(
    private readonly session: EngineSession,
    private readonly images: Listing<ImageInfo>,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    const on = (command: CommandId, act: (given: readonly unknown[]) => Promise<void>) =>
      context.subscriptions.push(vscode.commands.registerCommand(command, (...given: unknown[]) => act(given)));
    on(Command.inspectImage, (given) => this.#inspect(given));
    on(Command.tagImage, (given) => this.#tag(given));
    on(Command.removeImage, (given) => this.#remove(given));
    on(Command.pullImage, (given) => this.#pull(given));
    on(Command.copyImageTag, async (given) => {
      const node = await pickImage(this.images, given, vscode.l10n.t('Copy Tag'));
      if (node !== undefined) await vscode.env.clipboard.writeText(node.reference);
    });
  }

  async #inspect(given: readonly unknown[]): Promise<void> {
    const title = vscode.l10n.t('Inspect Image');
    await this.reporter.run(title, async () => {
      await this.session.ready();
      const node = await pickImage(this.images, given, title);
      if (node !== undefined)
        await vscode.window.showTextDocument(inspectUri('images', node.image.Id, node.reference), { preview: true });
    });
  }

  async #tag(given: readonly unknown[]): Promise<void> {
    const title = vscode.l10n.t('Tag Image');
    await this.reporter.run(title, async () => {
      const docker = await this.session.ready();
      const node = await pickImage(this.images, given, title);
      if (node === undefined) return;
      const tag = await vscode.window.showInputBox({
        title: vscode.l10n.t('Tag “{0}”', node.reference),
        prompt: vscode.l10n.t('Name and tag, such as registry.example/team/app:1.0'),
        value: node.image.RepoTags === undefined ? '' : node.reference,
        validateInput: tagProblem,
      });
      if (tag === undefined) return;
      const parsed = parseReference(tag);
      if (!parsed.ok) throw new Error(parsed.problem);
      const { reference } = parsed;
      await docker.getImage(node.image.Id).tag({ repo: familiarName(reference), tag: reference.tag ?? 'latest' });
    });
  }

  async #remove(given: readonly unknown[]): Promise<void> {
    const title = vscode.l10n.t('Remove Image');
    await this.reporter.run(title, async () => {
      const docker = await this.session.ready();
      const node = await pickImage(this.images, given, title);
      if (node === undefined) return;
      const shared = (node.image.RepoTags ?? []).length > 1;
      const detail = shared
        ? vscode.l10n.t('Only this tag goes: the image has other tags.')
        : vscode.l10n.t('Its layers go too, where no other image uses them.');
      if (!(await confirmRemoval(vscode.l10n.t('Remove image “{0}”?', node.reference), detail))) return;
      const remove = (force: boolean) => docker.getImage(node.reference).remove({ force });
      await this.reporter.run(
        vscode.l10n.t('Remove image “{0}”', node.reference),
        () => vscode.window.withProgress({ location: { viewId: 'lapstrake.images' } }, () => remove(false)),
        { force: () => remove(true) },
      );
    });
  }

  async #pull(given: readonly unknown[]): Promise<void> {
    const title = vscode.l10n.t('Pull Image');
    const [reference] = given;
    const tag =
      typeof reference === 'string'
        ? reference
        : await vscode.window.showInputBox({
            title,
            prompt: vscode.l10n.t('Image to pull, such as node:current-slim'),
            validateInput: tagProblem,
          });
    if (tag === undefined) return;
    await this.reporter.run(vscode.l10n.t('Pull “{0}”', tag), async () => {
      const docker = await this.session.ready();
      await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Pulling {0}', tag), cancellable: true },
        async (report, token) => {
          const abort = new AbortController();
          token.onCancellationRequested(() => abort.abort());
          const stream = await docker.pull(fullName(tag), { abortSignal: abort.signal });
          const progress = new PullProgress();
          await readJsonLines(stream, (value) => report.report({ message: progress.take(value) }), abort.signal);
          if (progress.error !== undefined) throw new Error(progress.error);
        },
      );
      await this.images.refresh();
    });
  }
}

/** With `latest` where neither tag nor digest is given: the API would pull every tag. */
function fullName(text: string): string {
  const parsed = parseReference(text);
  return parsed.ok ? familiarReference(withDefaultTag(parsed.reference)) : text;
}
