import type Docker from 'dockerode';
import type { ContainerInfo, ImageInfo } from 'dockerode';
import * as vscode from 'vscode';
import { formatSize } from '../../core/image/size.ts';
import { confirmRemoval } from '../commands/confirm.ts';
import { Command } from '../commands/ids.ts';
import { pickImages } from '../commands/pick.ts';
import { inView } from '../commands/progress.ts';
import type { EngineSession } from '../engines/session.ts';
import { age } from '../explorer/age.ts';
import { type ImageNode, imageNodes, isTagged } from '../explorer/images.ts';
import type { Listing } from '../explorer/listing.ts';
import type { Reporter } from '../reporter.ts';
import { type FreedBytes, freedBytes, type StackedImage } from './freed-bytes.ts';
import { readStacks } from './image-stacks.ts';
import { type Candidate, choosePruned, freedText } from './preview.ts';
import { announceRemoval, removeEach } from './remove-each.ts';

/** Remove and Prune of images: both say what goes and how many bytes that frees before anything does. */
export class ImageRemovalCommands {
  constructor(
    private readonly session: EngineSession,
    private readonly images: Listing<ImageInfo>,
    private readonly containers: Listing<ContainerInfo>,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(
      vscode.commands.registerCommand(Command.removeImage, (...given: unknown[]) => this.#remove(given)),
      vscode.commands.registerCommand(Command.pruneImages, () => this.#prune()),
    );
  }

  async #remove(given: readonly unknown[]): Promise<void> {
    const title = vscode.l10n.t('Remove Image');
    await this.reporter.run(title, async () => {
      const docker = await this.session.ready();
      const nodes = await pickImages(this.images, given, () => true, title);
      const [first] = nodes;
      if (first === undefined) return;
      const [question, detail] = await inView('lapstrake.images', async () =>
        nodes.length === 1
          ? [vscode.l10n.t('Remove image “{0}”?', first.reference), await this.#detailOfOne(docker, first)]
          : [vscode.l10n.t('Remove {0} images?', nodes.length), await this.#detailOfMany(docker, nodes)],
      );
      if (!(await confirmRemoval(question, detail))) return;
      for (const { reference } of nodes) {
        const remove = (force: boolean) => docker.getImage(reference).remove({ force });
        await this.reporter.run(
          vscode.l10n.t('Remove image “{0}”', reference),
          () => inView('lapstrake.images', () => remove(false)),
          { force: () => remove(true) },
        );
      }
    });
  }

  async #detailOfOne(docker: Docker, node: ImageNode): Promise<string> {
    if (!isLastTag(node, [node])) return vscode.l10n.t('Only this tag goes: the image has other tags.');
    const freed = await this.#freedBy(docker, [node]);
    return vscode.l10n.t('Its layers go too, where no other image uses them: that {0}.', freedText(freed));
  }

  async #detailOfMany(docker: Docker, nodes: readonly ImageNode[]): Promise<string> {
    const freed = freedText(await this.#freedBy(docker, nodes));
    const names = nodes.slice(0, 20).map(({ reference }) => reference);
    if (nodes.length > names.length) names.push(vscode.l10n.t('and {0} more', nodes.length - names.length));
    return `${names.join('\n')}\n\n${vscode.l10n.t('Layers go where no other image uses them: that {0}.', freed)}`;
  }

  async #freedBy(docker: Docker, nodes: readonly ImageNode[]): Promise<FreedBytes> {
    const removed = new Set(nodes.filter((node) => isLastTag(node, nodes)).map(({ image }) => image.Id));
    const ids = new Set([...this.images.items, ...nodes.map(({ image }) => image)].map(({ Id }) => Id));
    return freedBytes(await readStacks(docker, [...ids], removed, new AbortController().signal), removed);
  }

  async #prune(): Promise<void> {
    const title = vscode.l10n.t('Prune Images');
    await this.reporter.run(title, async () => {
      const docker = await this.session.ready();
      const [images, containers] = await Promise.all([this.images.refresh(), this.containers.load()]);
      const used = new Set(containers.map(({ ImageID }) => ImageID));
      const unused = images.filter(({ Id }) => !used.has(Id));
      if (unused.length === 0) {
        void vscode.window.showInformationMessage(vscode.l10n.t('There is nothing to prune: every image is in use.'));
        return;
      }
      const removable = new Set(unused.map(({ Id }) => Id));
      const stacks = await inView('lapstrake.images', () =>
        readStacks(
          docker,
          images.map(({ Id }) => Id),
          removable,
          new AbortController().signal,
        ),
      );
      const freed = (chosen: readonly ImageCandidate[]) => freedBytes(stacks, wholeImages(images, chosen));
      const chosen = await choosePruned(title, candidates(unused, stacks), freed);
      if (chosen === undefined || chosen.length === 0) return;
      const removal = await removeEach(title, 'lapstrake.images', chosen, ({ node }) =>
        docker.getImage(node.reference).remove({ force: false }),
      );
      await this.images.refresh();
      announceRemoval(
        removal,
        removal.removed.length === 1 ? vscode.l10n.t('one image') : vscode.l10n.t('{0} images', removal.removed.length),
        freedText(freed(removal.removed)),
      );
    });
  }
}

interface ImageCandidate extends Candidate {
  readonly node: ImageNode;
}

/** Images without a tag first, which go unless kept; then those that no container uses, which stay unless checked. */
function candidates(unused: readonly ImageInfo[], stacks: readonly StackedImage[]): ImageCandidate[] {
  const all = imageNodes(unused).map((node): ImageCandidate => {
    const goes = !isTagged(node);
    const own = freedBytes(stacks, new Set([node.image.Id]));
    const alone = vscode.l10n.t('{0} of its own', formatSize(own.bytes));
    return {
      ...{ node, goes, label: node.reference },
      group: goes ? vscode.l10n.t('Dangling: without a tag') : vscode.l10n.t('Not used by any container'),
      description: `${formatSize(node.image.Size)}, ${alone} · ${age(node.image.Created, Date.now(), vscode.env.language)}`,
    };
  });
  return [...all.filter(({ goes }) => goes), ...all.filter(({ goes }) => !goes)];
}

/** The images of which every tag is chosen. */
function wholeImages(images: readonly ImageInfo[], chosen: readonly ImageCandidate[]): Set<string> {
  const references = new Set(chosen.map(({ node }) => node.reference));
  const gone = images.filter((image) => imageNodes([image]).every(({ reference }) => references.has(reference)));
  return new Set(gone.map(({ Id }) => Id));
}

/** Whether the image goes with this row: it has no tags but those of `rows`. */
function isLastTag({ image }: ImageNode, rows: readonly ImageNode[]): boolean {
  const references = new Set(rows.map(({ reference }) => reference));
  return imageNodes([image]).every(({ reference }) => references.has(reference));
}
