import type { ContainerInfo, NetworkInspectInfo } from 'dockerode';
import * as vscode from 'vscode';
import type { Listing } from './listing.ts';
import { table, type UserNode, userRow } from './rows.ts';

/** A row of the Networks view. */
export interface NetworkNode {
  readonly kind: 'network';
  readonly network: NetworkInspectInfo;
}

/** Docker's own, which cannot be removed. */
const BUILT_IN = ['bridge', 'host', 'none', 'podman'];

/** The Networks view: networks by name, and below each its members with their addresses. */
export class NetworksView implements vscode.TreeDataProvider<NetworkNode | UserNode> {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(
    private readonly networks: Listing<NetworkInspectInfo>,
    private readonly containers: Listing<ContainerInfo>,
  ) {}

  register(context: vscode.ExtensionContext): void {
    const changed = () => this.#changed.fire();
    context.subscriptions.push(
      vscode.window.createTreeView('lapstrake.networks', { treeDataProvider: this, canSelectMany: true }),
      ...[this.#changed, this.networks.onDidChange(changed), this.containers.onDidChange(changed)],
    );
  }

  async getChildren(node?: NetworkNode | UserNode): Promise<(NetworkNode | UserNode)[]> {
    const containers = await this.containers.load();
    if (node === undefined) {
      const networks = await this.networks.load();
      return networks
        .map((network): NetworkNode => ({ kind: 'network', network }))
        .sort((a, b) => a.network.Name.localeCompare(b.network.Name));
    }
    return node.kind === 'network' ? membersOf(node.network, containers) : [];
  }

  getTreeItem(node: NetworkNode | UserNode): vscode.TreeItem {
    if (node.kind === 'container') return userRow(node);
    const { network } = node;
    const members = membersOf(network, this.containers.items).length;
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(network.Name, members > 0 ? Collapsed : None);
    item.id = network.Id;
    item.description = [network.Driver, subnetOf(network)].filter((part) => part !== '').join(' · ');
    item.iconPath = new vscode.ThemeIcon('type-hierarchy');
    item.contextValue = isRemovable(network) ? 'network.removable' : 'network';
    item.accessibilityInformation = {
      label: vscode.l10n.t('network {0}, {1}, {2} containers', network.Name, item.description, members),
    };
    return item;
  }

  resolveTreeItem(item: vscode.TreeItem, node: NetworkNode | UserNode): vscode.TreeItem {
    if (node.kind !== 'network') return item;
    const { network } = node;
    item.tooltip = table(network.Name, [
      [vscode.l10n.t('Driver'), network.Driver],
      [vscode.l10n.t('Subnet'), subnetOf(network)],
      [vscode.l10n.t('Gateway'), network.IPAM?.Config?.[0]?.Gateway ?? ''],
      [vscode.l10n.t('Internal'), network.Internal ? vscode.l10n.t('yes: no way out') : ''],
      [vscode.l10n.t('ID'), network.Id.slice(0, 12)],
    ]);
    return item;
  }
}

/** Whether a network is one of the user's. */
export function isRemovable({ Name }: Pick<NetworkInspectInfo, 'Name'>): boolean {
  return !BUILT_IN.includes(Name);
}

/** The containers that are connected to a network, running or not. */
export function membersOf({ Name }: NetworkInspectInfo, containers: readonly ContainerInfo[]): UserNode[] {
  return containers.flatMap((container) => {
    const endpoint = container.NetworkSettings?.Networks?.[Name];
    if (endpoint === undefined) return [];
    return [{ kind: 'container', container, below: Name, how: endpoint.IPAddress ?? '' } as const];
  });
}

function subnetOf(network: NetworkInspectInfo): string {
  return network.IPAM?.Config?.[0]?.Subnet ?? '';
}
