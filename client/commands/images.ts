import type { ImageInfo } from 'dockerode';
import * as vscode from 'vscode';
import { familiarName, parseReference } from '../../core/image/reference.ts';
import { tagProblem } from '../build/tags.ts';
import { inspectUri } from '../documents/inspect.ts';
import type { EngineSession } from '../engines/session.ts';
import { type ImageNode, isLayerNode, layerDigest } from '../explorer/images.ts';
import type { Listing } from '../explorer/listing.ts';
import type { Reporter } from '../reporter.ts';
import { Command, type CommandId } from './ids.ts';
import { pickImage } from './pick.ts';

/** Inspect and tag images, and copy what names them. */
export class ImageCommands {
  constructor(
    private readonly session: EngineSession,
    private readonly images: Listing<ImageInfo>,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    const on = (command: CommandId, title: string, act: (node: ImageNode) => unknown) =>
      context.subscriptions.push(
        vscode.commands.registerCommand(command, (...given: unknown[]) =>
          this.reporter.run(title, async () => {
            await this.session.ready();
            const node = await pickImage(this.images, given, title);
            if (node !== undefined) await act(node);
          }),
        ),
      );
    on(Command.inspectImage, vscode.l10n.t('Inspect Image'), (node) =>
      vscode.window.showTextDocument(inspectUri('images', node.image.Id, node.reference), { preview: true }),
    );
    on(Command.tagImage, vscode.l10n.t('Tag Image'), (node) => this.#tag(node));
    on(Command.copyImageTag, vscode.l10n.t('Copy Tag'), (node) => vscode.env.clipboard.writeText(node.reference));
    on(Command.copyImageId, vscode.l10n.t('Copy Image ID'), (node) => vscode.env.clipboard.writeText(node.image.Id));
    on(Command.copyImageDigest, vscode.l10n.t('Copy Digest'), (node) => copyDigest(node));
    context.subscriptions.push(
      vscode.commands.registerCommand(Command.copyLayerDigest, (node?: unknown) =>
        this.reporter.run(vscode.l10n.t('Copy Digest'), async () => {
          if (!isLayerNode(node)) return;
          const docker = await this.session.ready();
          const digest = await layerDigest(docker, node);
          if (digest === undefined)
            throw new Error(vscode.l10n.t('the engine does not say which layer this step made'));
          await vscode.env.clipboard.writeText(digest);
        }),
      ),
    );
  }

  async #tag(node: ImageNode): Promise<void> {
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
    const docker = await this.session.ready();
    await docker.getImage(node.image.Id).tag({ repo: familiarName(reference), tag: reference.tag ?? 'latest' });
  }
}

/** Copies `sha256:…` of the image's manifest at the registry of this row; an image that was never at one has none. */
async function copyDigest({ image, reference }: ImageNode): Promise<void> {
  const digests = (image.RepoDigests ?? []).filter((each) => !each.startsWith('<none>'));
  const repository = reference.replace(/:[^:/]*$/, '');
  const own = digests.filter((each) => each.startsWith(`${repository}@`));
  const [only, ...more] = own.length > 0 ? own : digests;
  if (only === undefined) {
    const copyId = vscode.l10n.t('Copy Image ID');
    const message = vscode.l10n.t(
      '“{0}” has no digest yet: it gets one when it is pushed to a registry or pulled from one.',
      reference,
    );
    if ((await vscode.window.showInformationMessage(message, copyId)) === copyId)
      await vscode.env.clipboard.writeText(image.Id);
    return;
  }
  const chosen =
    more.length === 0
      ? only
      : await vscode.window.showQuickPick([only, ...more], { title: vscode.l10n.t('Copy Digest') });
  const digest = chosen?.split('@')[1];
  if (digest !== undefined) await vscode.env.clipboard.writeText(digest);
}
