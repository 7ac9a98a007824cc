import type { ContainerInfo, ImageInfo } from 'dockerode';
import * as vscode from 'vscode';
import { formatSize } from '../../core/image/size.ts';
import { type ContainerNode, containerName } from '../explorer/containers.ts';
import { type ImageNode, imageNodes } from '../explorer/images.ts';
import type { Listing } from '../explorer/listing.ts';

/** The containers that a command is for: the rows selected, or one chosen from a list (palette). Empty where none was chosen. */
export async function pickContainers(
  listing: Listing<ContainerInfo>,
  given: readonly unknown[],
  suits: (container: ContainerInfo) => boolean,
  title: string,
): Promise<readonly ContainerInfo[]> {
  const [node, nodes] = given;
  const selected = (Array.isArray(nodes) && nodes.includes(node) ? nodes : [node]).filter(isContainerNode);
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

/** The image that a command is for: the row selected, or one chosen from a list. */
export async function pickImage(
  listing: Listing<ImageInfo>,
  given: readonly unknown[],
  title: string,
): Promise<ImageNode | undefined> {
  const [node] = given;
  if (isImageNode(node)) return node;
  const offered = imageNodes(await listing.load());
  if (offered.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('{0}: there are no images yet. Build or pull one.', title));
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(
    offered.map((image) => ({ label: image.reference, description: formatSize(image.image.Size), image })),
    { title, placeHolder: vscode.l10n.t('Image') },
  );
  return picked?.image;
}

function isContainerNode(value: unknown): value is ContainerNode {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'container';
}

function isImageNode(value: unknown): value is ImageNode {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'image';
}
