import type { ContainerInfo } from 'dockerode';
import * as vscode from 'vscode';
import type { EngineSession } from '../engines/session.ts';
import { age } from './age.ts';
import type { Listing } from './listing.ts';
import { describePorts, portUrl, publishedPorts } from './ports.ts';
import { leftOut, type ViewOptions } from './view-options.ts';
import { belongsTo } from './workspace-label.ts';

/** A row of the Containers view; commands get it as their argument. */
export interface ContainerNode {
  readonly kind: 'container';
  /** As the engine listed it last. */
  container: ContainerInfo;
}

/** The Containers view: every container, running ones first, live by the engine's events. */
export class ContainersView implements vscode.TreeDataProvider<ContainerNode> {
  readonly #changed = new vscode.EventEmitter<ContainerNode[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  #view: vscode.TreeView<ContainerNode> | undefined;
  #rows: readonly ContainerNode[] = [];

  constructor(
    private readonly containers: Listing<ContainerInfo>,
    private readonly session: EngineSession,
    private readonly options: ViewOptions,
  ) {}

  register(context: vscode.ExtensionContext): void {
    this.#view = vscode.window.createTreeView('lapstrake.containers', { treeDataProvider: this, canSelectMany: true });
    const listing = this.containers.onDidChange(() => this.#onListing());
    const options = this.options.onDidChange(() => this.#changed.fire(undefined));
    context.subscriptions.push(this.#view, this.#changed, listing, options);
  }

  async getChildren(node?: ContainerNode): Promise<ContainerNode[]> {
    if (node !== undefined) return [];
    await this.containers.load();
    const containers = this.#visible();
    this.#countRunning(this.containers.items);
    this.#rows = containers.map((container) => ({ kind: 'container', container }));
    return [...this.#rows];
  }

  /** While the same rows stay, only what they say is drawn anew: a menu that is open on one keeps its container. */
  #onListing(): void {
    const containers = this.#visible();
    const same =
      containers.length === this.#rows.length && containers.every(({ Id }, i) => Id === this.#rows[i]?.container.Id);
    if (!this.containers.loaded || !same) {
      this.#changed.fire(undefined);
      return;
    }
    this.#countRunning(this.containers.items);
    for (const [index, container] of containers.entries()) this.#rows[index]!.container = container;
    this.#changed.fire([...this.#rows]);
  }

  getTreeItem({ container }: ContainerNode): vscode.TreeItem {
    const item = new vscode.TreeItem(containerName(container));
    const ports = describePorts(container.Ports ?? []);
    const running = container.State === 'running';
    item.id = container.Id;
    item.description = [imageName(container), running ? ports : container.Status]
      .filter((part) => part !== '')
      .join(' · ');
    item.iconPath = stateIcon(container);
    item.contextValue = `container.${container.State}${running && ports !== '' ? '.published' : ''}`;
    item.accessibilityInformation = {
      label: `${containerName(container)}, ${container.State}, ${vscode.l10n.t('image {0}', container.Image)}${ports === '' ? '' : `, ${vscode.l10n.t('ports {0}', ports)}`}`,
    };
    return item;
  }

  /** The tooltip is made only for the row under the pointer: it asks the engine. */
  async resolveTreeItem(item: vscode.TreeItem, { container }: ContainerNode): Promise<vscode.TreeItem> {
    const { state } = this.session;
    if (state.kind !== 'ready') return item;
    const found = await state.docker
      .getContainer(container.Id)
      .inspect()
      .catch(() => undefined);
    item.tooltip = tooltip(container, found?.State.Pid, found?.RestartCount);
    return item;
  }

  /** The containers that the view's options let through, in order; says how many they do not. */
  #visible(): ContainerInfo[] {
    const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
    const visible = this.containers.items.filter(
      (container) =>
        (!this.options.has('hideStopped') || rank(container) === 0) &&
        (!this.options.has('onlyWorkspace') || belongsTo(container, folders)) &&
        this.options.matches('containers', containerName(container), container.Image, container.State),
    );
    if (this.#view !== undefined) {
      const message = leftOut(this.containers.items.length - visible.length, this.options.filter('containers'));
      if (message !== this.#view.message) this.#view.message = message;
    }
    return inOrder(visible);
  }

  #countRunning(containers: readonly ContainerInfo[]): void {
    if (this.#view === undefined) return;
    const running = containers.filter((container) => container.State === 'running').length;
    this.#view.badge =
      running === 0 ? undefined : { value: running, tooltip: vscode.l10n.t('{0} running containers', running) };
  }
}

/** The container's name without the slash that the API puts before it. */
export function containerName(container: Pick<ContainerInfo, 'Names' | 'Id'>): string {
  return container.Names?.[0]?.replace(/^\//, '') ?? container.Id.slice(0, 12);
}

/** A container of an image without a name has the image's ID there: twelve digits are enough to tell them apart. */
export function imageName(container: ContainerInfo): string {
  return container.Image.replace(/^sha256:([0-9a-f]{12})[0-9a-f]*$/, '$1');
}

function inOrder(containers: readonly ContainerInfo[]): ContainerInfo[] {
  return containers.toSorted((a, b) => rank(a) - rank(b) || b.Created - a.Created);
}

function rank(container: ContainerInfo): number {
  return container.State === 'running' || container.State === 'restarting' || container.State === 'paused' ? 0 : 1;
}

/** The icon of a container's state. */
export function stateIcon(container: ContainerInfo): vscode.ThemeIcon {
  const failed = container.State === 'exited' && !/\(0\)/.test(container.Status);
  switch (container.State) {
    case 'running':
      return /unhealthy/.test(container.Status)
        ? new vscode.ThemeIcon('warning', new vscode.ThemeColor('charts.yellow'))
        : new vscode.ThemeIcon('vm-running', new vscode.ThemeColor('charts.green'));
    case 'paused':
      return new vscode.ThemeIcon('debug-pause', new vscode.ThemeColor('charts.yellow'));
    case 'restarting':
      return new vscode.ThemeIcon('sync~spin', new vscode.ThemeColor('charts.yellow'));
    case 'dead':
      return new vscode.ThemeIcon('error', new vscode.ThemeColor('charts.red'));
    default:
      return failed
        ? new vscode.ThemeIcon('vm-outline', new vscode.ThemeColor('charts.red'))
        : new vscode.ThemeIcon('vm-outline');
  }
}

function tooltip(container: ContainerInfo, pid?: number, restarts?: number): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const rows: readonly (readonly [string, string])[] = [
    [vscode.l10n.t('State'), container.Status],
    [vscode.l10n.t('Image'), container.Image],
    [vscode.l10n.t('Command'), container.Command],
    [vscode.l10n.t('Created'), age(container.Created, Date.now(), vscode.env.language)],
    [vscode.l10n.t('ID'), container.Id.slice(0, 12)],
    [vscode.l10n.t('Process'), pid ? String(pid) : ''],
    [vscode.l10n.t('Restarts'), restarts ? String(restarts) : ''],
    [
      vscode.l10n.t('Ports'),
      publishedPorts(container.Ports ?? [])
        .map(portUrl)
        .join(' '),
    ],
    [vscode.l10n.t('Networks'), Object.keys(container.NetworkSettings?.Networks ?? {}).join(', ')],
    [vscode.l10n.t('Mounts'), (container.Mounts ?? []).map((mount) => mount.Destination).join(', ')],
  ];
  text.appendMarkdown(`**`).appendText(containerName(container)).appendMarkdown(`**\n\n| | |\n|---|---|\n`);
  for (const [name, value] of rows) {
    if (value === '') continue;
    text.appendMarkdown(`| ${name} | `).appendText(value.replaceAll('\n', ' ')).appendMarkdown(' |\n');
  }
  return text;
}
