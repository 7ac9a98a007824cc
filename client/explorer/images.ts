import type { ImageInfo } from 'dockerode';
import * as vscode from 'vscode';
import { formatSize } from '../../core/image/size.ts';
import type { EngineSession } from '../engines/session.ts';
import { age } from './age.ts';
import { type HistoryEntry, instructionText, readHistory } from './history.ts';
import type { Listing } from './listing.ts';

/** One tag of an image: a row of the Images view. */
export interface ImageNode {
  readonly kind: 'image';
  readonly image: ImageInfo;
  /** What names it: `repository:tag`, or the ID where it has no tag. */
  readonly reference: string;
}

/** One history entry of an image. */
export interface LayerNode {
  readonly kind: 'layer';
  readonly parent: ImageNode;
  readonly entry: HistoryEntry;
  readonly index: number;
}

export type ImagesNode = ImageNode | LayerNode;

/** The Images view: tags, and under each the steps that made it. */
export class ImagesView implements vscode.TreeDataProvider<ImagesNode> {
  readonly onDidChangeTreeData: vscode.Event<void>;

  constructor(
    private readonly images: Listing<ImageInfo>,
    private readonly session: EngineSession,
  ) {
    this.onDidChangeTreeData = images.onDidChange;
  }

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(
      vscode.window.createTreeView('lapstrake.images', { treeDataProvider: this, showCollapseAll: true }),
    );
  }

  async getChildren(node?: ImagesNode): Promise<ImagesNode[]> {
    if (node === undefined) return imageNodes(await this.images.load());
    if (node.kind === 'layer') return [];
    const { state } = this.session;
    if (state.kind !== 'ready') return [];
    const history = readHistory(await state.docker.getImage(node.image.Id).history());
    return history.map((entry, index) => ({ kind: 'layer', parent: node, entry, index }));
  }

  getTreeItem(node: ImagesNode): vscode.TreeItem {
    return node.kind === 'image' ? imageItem(node) : layerItem(node);
  }

  resolveTreeItem(item: vscode.TreeItem, node: ImagesNode): vscode.TreeItem {
    item.tooltip = node.kind === 'image' ? imageTooltip(node) : layerTooltip(node);
    return item;
  }
}

/** A row for each tag, by name; untagged images, by ID, come last. */
export function imageNodes(images: readonly ImageInfo[]): ImageNode[] {
  const nodes = images.flatMap((image): ImageNode[] => {
    const tags = (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');
    const references = tags.length > 0 ? tags : [image.Id.replace('sha256:', '').slice(0, 12)];
    return references.map((reference) => ({ kind: 'image', image, reference }));
  });
  const tagged = (node: ImageNode) => (node.reference.includes(':') ? 0 : 1);
  return nodes.sort((a, b) => tagged(a) - tagged(b) || a.reference.localeCompare(b.reference));
}

function imageItem({ image, reference }: ImageNode): vscode.TreeItem {
  const item = new vscode.TreeItem(reference, vscode.TreeItemCollapsibleState.Collapsed);
  const created = age(image.Created, Date.now(), vscode.env.language);
  item.id = `${image.Id} ${reference}`;
  item.description = `${formatSize(image.Size)} · ${created}`;
  item.iconPath = new vscode.ThemeIcon(reference.includes(':') ? 'package' : 'circle-slash');
  item.contextValue = reference.includes(':') ? 'image.tagged' : 'image.untagged';
  item.accessibilityInformation = {
    label: vscode.l10n.t('image {0}, {1}, {2}', reference, formatSize(image.Size), created),
  };
  return item;
}

function layerItem({ parent, entry, index }: LayerNode): vscode.TreeItem {
  const text = instructionText(entry.createdBy);
  const item = new vscode.TreeItem(text === '' ? vscode.l10n.t('(no instruction recorded)') : text);
  item.id = `${parent.image.Id} ${parent.reference} ${index}`;
  item.description = entry.size > 0 ? formatSize(entry.size) : vscode.l10n.t('no bytes');
  item.iconPath = new vscode.ThemeIcon(entry.size > 0 ? 'layers' : 'symbol-property');
  item.contextValue = 'layer';
  item.accessibilityInformation = { label: `${text}, ${item.description}` };
  return item;
}

function imageTooltip({ image, reference }: ImageNode): vscode.MarkdownString {
  const text = new vscode.MarkdownString('**').appendText(reference).appendMarkdown('**\n\n| | |\n|---|---|\n');
  text.appendMarkdown(`| ${vscode.l10n.t('ID')} | \`${image.Id.slice(0, 19)}\` |\n`);
  text.appendMarkdown(`| ${vscode.l10n.t('Size')} | ${formatSize(image.Size)} |\n`);
  text.appendMarkdown(`| ${vscode.l10n.t('Created')} | ${new Date(image.Created * 1000).toLocaleString()} |\n`);
  for (const digest of image.RepoDigests ?? []) {
    text
      .appendMarkdown(`| ${vscode.l10n.t('Digest')} | `)
      .appendText(digest)
      .appendMarkdown(' |\n');
  }
  return text;
}

function layerTooltip({ entry }: LayerNode): vscode.MarkdownString {
  const text = new vscode.MarkdownString().appendCodeblock(instructionText(entry.createdBy), 'dockerfile');
  const facts = [formatSize(entry.size), new Date(entry.created * 1000).toLocaleString(), entry.comment];
  return text.appendText(facts.filter((fact) => fact !== '').join(' · '));
}
