import type { NetworkInspectInfo, VolumeInspectInfo } from 'dockerode';
import * as vscode from 'vscode';
import { confirmRemoval } from '../commands/confirm.ts';
import { Command } from '../commands/ids.ts';
import { inspectUri } from '../documents/inspect.ts';
import type { EngineSession } from '../engines/session.ts';
import type { Reporter } from '../reporter.ts';
import type { Listing } from './listing.ts';

/** A row of the Volumes or the Networks view. */
export interface ResourceNode {
  readonly kind: 'volumes' | 'networks';
  /** What the API calls it by. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly removable: boolean;
}

/** The Volumes and the Networks view: lists with Inspect and Remove. */
export class ResourceViews {
  constructor(
    private readonly session: EngineSession,
    private readonly volumes: Listing<VolumeInspectInfo>,
    private readonly networks: Listing<NetworkInspectInfo>,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(
      vscode.window.createTreeView('lapstrake.volumes', { treeDataProvider: tree(this.volumes, volumeNode) }),
      vscode.window.createTreeView('lapstrake.networks', { treeDataProvider: tree(this.networks, networkNode) }),
      vscode.commands.registerCommand(Command.inspectVolume, (node?: ResourceNode) => this.#inspect(node)),
      vscode.commands.registerCommand(Command.inspectNetwork, (node?: ResourceNode) => this.#inspect(node)),
      vscode.commands.registerCommand(Command.removeVolume, (node?: ResourceNode) => this.#remove(node)),
      vscode.commands.registerCommand(Command.removeNetwork, (node?: ResourceNode) => this.#remove(node)),
    );
  }

  async #inspect(node: ResourceNode | undefined): Promise<void> {
    if (node === undefined) return;
    await this.reporter.run(vscode.l10n.t('Inspect “{0}”', node.name), () =>
      vscode.window.showTextDocument(inspectUri(node.kind, node.id, node.name), { preview: true }),
    );
  }

  async #remove(node: ResourceNode | undefined): Promise<void> {
    if (node === undefined) return;
    const detail =
      node.kind === 'volumes'
        ? vscode.l10n.t('The files in it are gone for good.')
        : vscode.l10n.t('No container may be connected to it.');
    if (!(await confirmRemoval(vscode.l10n.t('Remove “{0}”?', node.name), detail))) return;
    await this.reporter.run(vscode.l10n.t('Remove “{0}”', node.name), async () => {
      const docker = await this.session.ready();
      if (node.kind === 'volumes') await docker.getVolume(node.id).remove();
      else await docker.getNetwork(node.id).remove();
    });
  }
}

function tree<T>(listing: Listing<T>, toNode: (item: T) => ResourceNode): vscode.TreeDataProvider<ResourceNode> {
  return {
    onDidChangeTreeData: listing.onDidChange,
    getChildren: async (node) =>
      node === undefined ? (await listing.load()).map(toNode).sort((a, b) => a.name.localeCompare(b.name)) : [],
    getTreeItem: (node) => {
      const item = new vscode.TreeItem(node.name);
      item.id = node.id;
      item.description = node.description;
      item.iconPath = new vscode.ThemeIcon(node.kind === 'volumes' ? 'database' : 'type-hierarchy');
      item.contextValue = node.removable ? `${node.kind}.removable` : node.kind;
      return item;
    },
  };
}

function volumeNode(volume: VolumeInspectInfo): ResourceNode {
  return { kind: 'volumes', id: volume.Name, name: volume.Name, description: volume.Driver, removable: true };
}

/** Docker's own three cannot be removed. */
function networkNode(network: NetworkInspectInfo): ResourceNode {
  const subnet = network.IPAM?.Config?.[0]?.Subnet;
  return {
    kind: 'networks',
    id: network.Id,
    name: network.Name,
    description: [network.Driver, subnet].filter((part) => part !== undefined && part !== '').join(' · '),
    removable: !['bridge', 'host', 'none'].includes(network.Name),
  };
}
