import * as vscode from 'vscode';
import { Command } from '../commands/ids.ts';
import { explain, isAbort, WorkspaceUntrusted } from '../errors.ts';
import type { RegistryAccounts } from './accounts.ts';
import { HUB, registryName } from './address.ts';
import type { MoreNode, NoticeNode, RegistriesNode, RegistryNode, RepositoryNode, TagNode } from './nodes.ts';
import { Pager } from './pager.ts';
import type { Registries } from './registries.ts';
import { RegistryError } from './registry-error.ts';
import { rowOf, tagTooltip } from './rows.ts';
import type { SavedRegistries } from './saved.ts';

/** Docker's name of this machine's architecture. */
const ARCHITECTURE = { x64: 'amd64', arm64: 'arm64', arm: 'arm' }[process.arch as string] ?? process.arch;

/** The Registries view: registries, below them repositories, below them tags; each asked when it is opened. */
export class RegistriesView implements vscode.TreeDataProvider<RegistriesNode> {
  readonly #changed = new vscode.EventEmitter<RegistriesNode | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #pagers = new Map<string, Pager>();
  readonly #nodes = new Map<string, RegistryNode>();
  /** Ends what is asked for when the window closes. */
  readonly #closing = new AbortController();

  constructor(
    private readonly registries: Registries,
    private readonly saved: SavedRegistries,
    private readonly accounts: RegistryAccounts,
  ) {}

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(
      this.#changed,
      { dispose: () => this.#closing.abort() },
      vscode.window.createTreeView('lapstrake.registries', { treeDataProvider: this, showCollapseAll: true }),
      this.saved.onDidChange(() => this.#changed.fire(undefined)),
      this.accounts.onDidChange((domain) => this.renew(domain)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.renew()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('lapstrake.daemon.insecureRegistries')) this.renew();
      }),
      vscode.commands.registerCommand(Command.loadMoreOfRegistry, (node: MoreNode) => this.#loadMore(node)),
      vscode.commands.registerCommand(Command.refreshRegistry, (node?: RegistryNode | RepositoryNode) =>
        this.renew(node?.kind === 'repository' ? node.registry.domain : node?.domain),
      ),
    );
  }

  /** Asks a registry, or all, anew. */
  renew(domain?: string): void {
    this.registries.forget(domain);
    for (const key of this.#pagers.keys())
      if (domain === undefined || key === domain || key.startsWith(`${domain}/`)) this.#pagers.delete(key);
    this.#changed.fire(domain === undefined ? undefined : this.#nodes.get(domain));
  }

  async getTreeItem(node: RegistriesNode): Promise<vscode.TreeItem> {
    const account = node.kind === 'registry' ? await this.accounts.get(node.domain) : undefined;
    return rowOf(node, account?.username);
  }

  async getChildren(node?: RegistriesNode): Promise<RegistriesNode[]> {
    if (node === undefined) return this.saved.all.map(({ domain }) => this.#registryNode(domain));
    if (node.kind === 'registry') return this.#repositories(node);
    if (node.kind === 'repository') return this.#tags(node);
    return [];
  }

  getParent(node: RegistriesNode): RegistriesNode | undefined {
    if (node.kind === 'registry') return undefined;
    if (node.kind === 'repository') return node.registry;
    return node.kind === 'tag' ? node.repository : node.parent;
  }

  /** Asks what a tag stands for when the pointer rests on it. */
  async resolveTreeItem(
    item: vscode.TreeItem,
    node: RegistriesNode,
    token: vscode.CancellationToken,
  ): Promise<vscode.TreeItem> {
    if (node.kind !== 'tag') return item;
    const abort = new AbortController();
    const listener = token.onCancellationRequested(() => abort.abort());
    try {
      const client = await this.registries.client(node.repository.registry.domain);
      item.tooltip = tagTooltip(node, await client.details(node.repository.path, node.tag, ARCHITECTURE, abort.signal));
    } catch (error) {
      if (!isAbort(error)) item.tooltip = explain(error, node.tag).message;
    } finally {
      listener.dispose();
    }
    return item;
  }

  #registryNode(domain: string): RegistryNode {
    const known = this.#nodes.get(domain) ?? { kind: 'registry', domain };
    this.#nodes.set(domain, known);
    return known;
  }

  async #repositories(registry: RegistryNode): Promise<RegistriesNode[]> {
    const { domain } = registry;
    const added = (this.saved.find(domain)?.repositories ?? []).map(
      (path): RepositoryNode => ({ kind: 'repository', registry, path, added: true }),
    );
    const rest = await this.#list(domain, registry, async (next, signal) =>
      (await this.registries.client(domain)).repositories(next, signal),
    );
    if (Array.isArray(rest)) return [...added, ...rest];
    const known = new Set(added.map(({ path }) => path));
    const listed = rest.items
      .filter((path) => !known.has(path))
      .map((path): RepositoryNode => ({ kind: 'repository', registry, path, added: false }));
    const rows = [...added, ...listed, ...moreOf(registry, rest)];
    if (rows.length > 0) return rows;
    const detail = vscode.l10n.t('{0} has no repositories yet.', registryName(domain));
    return [{ kind: 'notice', parent: registry, text: vscode.l10n.t('Empty'), detail, icon: 'info' }];
  }

  async #tags(repository: RepositoryNode): Promise<RegistriesNode[]> {
    const { domain } = repository.registry;
    const list = await this.#list(`${domain}/${repository.path}`, repository, async (next, signal) =>
      (await this.registries.client(domain)).tags(repository.path, next, signal),
    );
    if (Array.isArray(list)) return list;
    const tags = list.items.map((tag): TagNode => ({ kind: 'tag', repository, tag }));
    const rows = [...tags, ...moreOf(repository, list)];
    if (rows.length > 0) return rows;
    const detail = vscode.l10n.t('{0} has no tags.', repository.path);
    return [{ kind: 'notice', parent: repository, text: vscode.l10n.t('Empty'), detail, icon: 'info' }];
  }

  /** The list as far as it was fetched, its first page at the first time; or the row that says why there is none. */
  async #list(
    key: string,
    parent: RegistryNode | RepositoryNode,
    fetch: ConstructorParameters<typeof Pager>[0],
  ): Promise<Pager | NoticeNode[]> {
    const pager = this.#pagers.get(key) ?? new Pager(fetch);
    this.#pagers.set(key, pager);
    if (pager.begun) return pager;
    try {
      // Docker Hub would first give a token, and then refuse.
      if (key === HUB) throw noCatalogOfHub();
      await pager.more(this.#closing.signal);
      return pager;
    } catch (error) {
      this.#pagers.delete(key);
      return [notice(error, parent)];
    }
  }

  async #loadMore({ pager, parent }: MoreNode): Promise<void> {
    await vscode.window.withProgress({ location: { viewId: 'lapstrake.registries' } }, async () => {
      try {
        await pager.more(this.#closing.signal);
      } catch (error) {
        void vscode.window.showErrorMessage(explain(error, vscode.l10n.t('Load More')).message);
      }
    });
    this.#changed.fire(parent);
  }
}

function moreOf(parent: RegistryNode | RepositoryNode, pager: Pager): MoreNode[] {
  return pager.atEnd ? [] : [{ kind: 'more', parent, pager }];
}

function noCatalogOfHub(): RegistryError {
  return new RegistryError(
    'no-catalog',
    HUB,
    vscode.l10n.t('Docker Hub does not list its repositories: add those you need by name.'),
  );
}

/** The row for an error: what it says, and what helps. */
function notice(error: unknown, parent: RegistryNode | RepositoryNode): NoticeNode {
  const registry = parent.kind === 'registry' ? parent : parent.registry;
  const detail = explain(error, vscode.l10n.t('Reading {0}', registryName(registry.domain))).message;
  const row = (text: string, icon: string, command: NonNullable<NoticeNode['command']>['command']): NoticeNode => ({
    ...{ kind: 'notice', parent, text, detail, icon },
    command: { title: text, command, arguments: [registry] },
  });
  if (error instanceof WorkspaceUntrusted)
    return { kind: 'notice', parent, text: vscode.l10n.t('Restricted Mode'), detail, icon: 'workspace-untrusted' };
  if (error instanceof RegistryError && (error.problem === 'unauthorized' || error.problem === 'forbidden'))
    return row(vscode.l10n.t('Log In…'), 'account', Command.logInToRegistry);
  if (error instanceof RegistryError && error.problem === 'no-catalog')
    return row(vscode.l10n.t('Add Repository…'), 'info', Command.addRepository);
  return row(vscode.l10n.t('Try Again'), 'error', Command.refreshRegistry);
}
