import type Docker from 'dockerode';
import type { ContainerInfo, ImageInfo } from 'dockerode';
import * as vscode from 'vscode';
import type { DiffId } from '../../core/image/digest.ts';
import { formatSize } from '../../core/image/size.ts';
import type { EngineSession } from '../engines/session.ts';
import { age } from './age.ts';
import { type HistoryEntry, instructionText, layersOfHistory, readHistory } from './history.ts';
import type { Listing } from './listing.ts';
import { type UserNode, userRow } from './rows.ts';
import { leftOut, type ViewOptions } from './view-options.ts';

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

export type ImagesNode = ImageNode | LayerNode | UserNode;

/** The Images view: tags; under each the containers made of it, and the steps that made it. */
export class ImagesView implements vscode.TreeDataProvider<ImagesNode> {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  #view: vscode.TreeView<ImagesNode> | undefined;
  #users = '';

  constructor(
    private readonly images: Listing<ImageInfo>,
    private readonly containers: Listing<ContainerInfo>,
    private readonly session: EngineSession,
    private readonly options: ViewOptions,
  ) {}

  register(context: vscode.ExtensionContext): void {
    const options = { treeDataProvider: this, showCollapseAll: true, canSelectMany: true };
    this.#view = vscode.window.createTreeView('lapstrake.images', options);
    context.subscriptions.push(
      this.#view,
      this.#changed,
      this.images.onDidChange(() => this.#changed.fire()),
      this.containers.onDidChange(() => this.#onContainers()),
      this.options.onDidChange(() => this.#changed.fire()),
    );
  }

  /** Drawn anew only where an open row would show other containers: what is drawn anew closes its menu. */
  #onContainers(): void {
    const users = this.containers.items.map(({ Id, State, ImageID }) => `${Id} ${State} ${ImageID}`).join();
    if (users === this.#users) return;
    this.#users = users;
    this.#changed.fire();
  }

  async getChildren(node?: ImagesNode): Promise<ImagesNode[]> {
    if (node === undefined) return this.#visible(imageNodes(await this.images.load()));
    if (node.kind !== 'image') return [];
    const { state } = this.session;
    if (state.kind !== 'ready') return [];
    const [history, containers] = await Promise.all([
      state.docker.getImage(node.image.Id).history(),
      this.containers.load(),
    ]);
    const users = containers.filter(({ ImageID }) => ImageID === node.image.Id);
    return [
      ...users.map((container): UserNode => ({ kind: 'container', container, below: rowId(node), how: '' })),
      ...readHistory(history).map((entry, index): LayerNode => ({ kind: 'layer', parent: node, entry, index })),
    ];
  }

  getTreeItem(node: ImagesNode): vscode.TreeItem {
    if (node.kind === 'image') return imageItem(node);
    return node.kind === 'layer' ? layerItem(node) : userRow(node);
  }

  resolveTreeItem(item: vscode.TreeItem, node: ImagesNode): vscode.TreeItem {
    if (node.kind === 'image') item.tooltip = imageTooltip(node);
    if (node.kind === 'layer') item.tooltip = layerTooltip(node);
    return item;
  }

  /** The rows that the view's options let through; says how many they do not. */
  #visible(nodes: readonly ImageNode[]): ImageNode[] {
    const visible = nodes.filter(
      (node) =>
        (!this.options.has('hideDangling') || isTagged(node)) &&
        this.options.matches('images', node.reference, node.image.Id),
    );
    if (this.#view !== undefined)
      this.#view.message = leftOut(nodes.length - visible.length, this.options.filter('images'));
    return visible;
  }
}

/** Whether the row stands for a tag, not for an image without one. */
export function isTagged(node: ImageNode): boolean {
  return node.reference.includes(':');
}

/** Whether a command was given the row of a step. */
export function isLayerNode(value: unknown): value is LayerNode {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'layer';
}

/** The diff ID of the layer that a step made; undefined where it made none, or the engine does not say which. */
export async function layerDigest(docker: Docker, { parent, index }: LayerNode): Promise<DiffId | undefined> {
  const image = docker.getImage(parent.image.Id);
  const [inspected, history] = await Promise.all([image.inspect(), image.history()]);
  return layersOfHistory(readHistory(history), inspected.RootFS?.Layers ?? [])[index];
}

/** A row for each tag, by name; untagged images, by ID, come last. */
export function imageNodes(images: readonly ImageInfo[]): ImageNode[] {
  const nodes = images.flatMap((image): ImageNode[] => {
    const tags = (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');
    const references = tags.length > 0 ? tags : [image.Id.replace('sha256:', '').slice(0, 12)];
    return references.map((reference) => ({ kind: 'image', image, reference }));
  });
  const tagged = (node: ImageNode) => (isTagged(node) ? 0 : 1);
  return nodes.sort((a, b) => tagged(a) - tagged(b) || a.reference.localeCompare(b.reference));
}

function imageItem(node: ImageNode): vscode.TreeItem {
  const { image, reference } = node;
  const item = new vscode.TreeItem(reference, vscode.TreeItemCollapsibleState.Collapsed);
  const created = age(image.Created, Date.now(), vscode.env.language);
  item.id = rowId(node);
  item.description = `${formatSize(image.Size)} · ${created}`;
  item.iconPath = new vscode.ThemeIcon(isTagged(node) ? 'package' : 'circle-slash');
  item.contextValue = isTagged(node) ? 'image.tagged' : 'image.untagged';
  item.accessibilityInformation = {
    label: vscode.l10n.t('image {0}, {1}, {2}', reference, formatSize(image.Size), created),
  };
  return item;
}

function layerItem({ parent, entry, index }: LayerNode): vscode.TreeItem {
  const text = instructionText(entry.createdBy);
  const item = new vscode.TreeItem(text === '' ? vscode.l10n.t('(no instruction recorded)') : text);
  item.id = `${rowId(parent)} ${index}`;
  item.description = entry.size > 0 ? formatSize(entry.size) : vscode.l10n.t('no bytes');
  item.iconPath = new vscode.ThemeIcon(entry.size > 0 ? 'layers' : 'symbol-property');
  item.contextValue = entry.size > 0 ? 'layer.full' : 'layer';
  item.accessibilityInformation = { label: `${text}, ${item.description}` };
  return item;
}

function rowId({ image, reference }: ImageNode): string {
  return `${image.Id} ${reference}`;
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
