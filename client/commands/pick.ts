import type { ContainerInfo, ImageInfo } from 'dockerode';
import * as vscode from 'vscode';
import { formatSize } from '../../core/image/size.ts';
import { type ContainerNode, containerName } from '../explorer/containers.ts';
import { type ImageNode, imageNodes } from '../explorer/images.ts';
import type { Listing } from '../explorer/listing.ts';

/** The rows that a command was given: those selected, where the one it was called on is among them; else that one. */
export function givenRows(given: readonly unknown[]): readonly unknown[] {
  const [node, nodes] = given;
  return Array.isArray(nodes) && nodes.includes(node) ? nodes : [node];
}

/** The containers that a command is for: the rows selected, or one chosen from a list (palette). Empty where none was chosen. */
export async function pickContainers(
  listing: Listing<ContainerInfo>,
  given: readonly unknown[],
  suits: (container: ContainerInfo) => boolean,
  title: string,
): Promise<readonly ContainerInfo[]> {
  const selected = givenRows(given).filter(isContainerNode);
  if (selected.length > 0) return selected.map(({ container }) => container).filter(suits);
  const offered = (await listing.load()).filter(suits);
  if (offered.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('{0}: there is no container this applies to.', title));
    return [];
  }
  const picked = await vscode.window.showQuickPick(
    offered.map((container) => ({
      label: containerName(container),
      description: `${container.Image} · ${container.Status}`,
      container,
    })),
    { title, matchOnDescription: true, placeHolder: vscode.l10n.t('Container') },
  );
  return picked === undefined ? [] : [picked.container];
}

/** The image that a command is for: the row it was called on, or one chosen from a list. */
export async function pickImage(
  listing: Listing<ImageInfo>,
  given: readonly unknown[],
  title: string,
): Promise<ImageNode | undefined> {
  const [node] = given;
  return (await pickImages(listing, isImageNode(node) ? [node] : [], () => true, title))[0];
}

/** The images that a command is for: the rows selected, or one chosen from a list. Empty where none was chosen. */
export async function pickImages(
  listing: Listing<ImageInfo>,
  given: readonly unknown[],
  suits: (node: ImageNode) => boolean,
  title: string,
): Promise<readonly ImageNode[]> {
  const selected = givenRows(given).filter(isImageNode);
  if (selected.length > 0) return selected.filter(suits);
  const offered = imageNodes(await listing.load()).filter(suits);
  if (offered.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('{0}: there are no images yet. Build or pull one.', title));
    return [];
  }
  const picked = await vscode.window.showQuickPick(
    offered.map((image) => ({ label: image.reference, description: formatSize(image.image.Size), image })),
    { title, placeHolder: vscode.l10n.t('Image') },
  );
  return picked === undefined ? [] : [picked.image];
}

function isContainerNode(value: unknown): value is ContainerNode {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'container';
}

function isImageNode(value: unknown): value is ImageNode {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'image';
}
