import type { ContainerInfo, VolumeInspectInfo } from 'dockerode';
import * as vscode from 'vscode';
import type { Listing } from './listing.ts';
import { table, type UserNode, userRow } from './rows.ts';

/** A row of the Volumes view. */
export interface VolumeNode {
  readonly kind: 'volume';
  readonly volume: VolumeInspectInfo;
}

/** The Volumes view: volumes by name, and below each the containers that mount it. */
export class VolumesView implements vscode.TreeDataProvider<VolumeNode | UserNode> {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(
    private readonly volumes: Listing<VolumeInspectInfo>,
    private readonly containers: Listing<ContainerInfo>,
  ) {}

  register(context: vscode.ExtensionContext): void {
    const changed = () => this.#changed.fire();
    context.subscriptions.push(
      vscode.window.createTreeView('lapstrake.volumes', { treeDataProvider: this, canSelectMany: true }),
      ...[this.#changed, this.volumes.onDidChange(changed), this.containers.onDidChange(changed)],
    );
  }

  async getChildren(node?: VolumeNode | UserNode): Promise<(VolumeNode | UserNode)[]> {
    const containers = await this.containers.load();
    if (node === undefined) {
      const volumes = await this.volumes.load();
      return volumes.map((volume): VolumeNode => ({ kind: 'volume', volume })).sort(byName);
    }
    return node.kind === 'volume' ? usersOf(node.volume, containers) : [];
  }

  getTreeItem(node: VolumeNode | UserNode): vscode.TreeItem {
    if (node.kind === 'container') return userRow(node);
    const { Name, Driver } = node.volume;
    const users = usersOf(node.volume, this.containers.items).length;
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(shortName(Name), users > 0 ? Collapsed : None);
    item.id = Name;
    item.description = users === 0 ? vscode.l10n.t('{0} · not in use', Driver) : Driver;
    item.iconPath = new vscode.ThemeIcon('database');
    item.contextValue = 'volume';
    item.accessibilityInformation = { label: vscode.l10n.t('volume {0}, {1} containers', Name, users) };
    return item;
  }

  resolveTreeItem(item: vscode.TreeItem, node: VolumeNode | UserNode): vscode.TreeItem {
    if (node.kind === 'volume') item.tooltip = volumeTooltip(node.volume);
    return item;
  }
}

/** Whether a volume got its name from an engine, because nobody gave it one. */
export function isAnonymous({ Name, Labels }: Pick<VolumeInspectInfo, 'Name' | 'Labels'>): boolean {
  return /^[0-9a-f]{64}$/.test(Name) || Labels?.['com.docker.volume.anonymous'] !== undefined;
}

function usersOf({ Name }: VolumeInspectInfo, containers: readonly ContainerInfo[]): UserNode[] {
  return containers.flatMap((container) => {
    const mount = container.Mounts?.find(({ Type, Name: name }) => Type === 'volume' && name === Name);
    return mount === undefined ? [] : [{ kind: 'container', container, below: Name, how: mount.Destination } as const];
  });
}

function shortName(name: string): string {
  return /^[0-9a-f]{64}$/.test(name) ? name.slice(0, 12) : name;
}

function byName(a: VolumeNode, b: VolumeNode): number {
  return Number(isAnonymous(a.volume)) - Number(isAnonymous(b.volume)) || a.volume.Name.localeCompare(b.volume.Name);
}

function volumeTooltip(volume: VolumeInspectInfo): vscode.MarkdownString {
  const created =
    'CreatedAt' in volume && typeof volume.CreatedAt === 'string' ? Date.parse(volume.CreatedAt) : Number.NaN;
  return table(volume.Name, [
    [vscode.l10n.t('Driver'), volume.Driver],
    [vscode.l10n.t('Folder'), volume.Mountpoint],
    [vscode.l10n.t('Created'), Number.isNaN(created) ? '' : new Date(created).toLocaleString(vscode.env.language)],
    [
      vscode.l10n.t('Labels'),
      Object.entries(volume.Labels ?? {})
        .map(([name, value]) => `${name}=${value}`)
        .join(', '),
    ],
  ]);
}
