import type Docker from 'dockerode';
import type { ContainerInfo, NetworkInspectInfo } from 'dockerode';
import * as vscode from 'vscode';
import { inspectUri } from '../documents/inspect.ts';
import type { EngineSession } from '../engines/session.ts';
import type { Listing } from '../explorer/listing.ts';
import { isRemovable, membersOf, type NetworkNode } from '../explorer/networks.ts';
import { choosePruned } from '../removal/preview.ts';
import { announceRemoval, removeEach } from '../removal/remove-each.ts';
import type { Reporter } from '../reporter.ts';
import { confirmRemoval } from './confirm.ts';
import { Command, type CommandId } from './ids.ts';
import { pickRows } from './pick-resource.ts';
import { inView } from './progress.ts';

/** What a network's name may be (dockerd's rule). */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** Create, inspect, remove and prune networks. */
export class NetworkCommands {
  constructor(
    private readonly session: EngineSession,
    private readonly networks: Listing<NetworkInspectInfo>,
    private readonly containers: Listing<ContainerInfo>,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    const on = (command: CommandId, title: string, act: (docker: Docker, given: readonly unknown[]) => Promise<void>) =>
      context.subscriptions.push(
        vscode.commands.registerCommand(command, (...given: unknown[]) =>
          this.reporter.run(title, async () => act(await this.session.ready(), given)),
        ),
      );
    on(Command.createNetwork, vscode.l10n.t('Create Network'), (docker) => this.#create(docker));
    on(Command.inspectNetwork, vscode.l10n.t('Inspect Network'), async (_, given) => {
      const [node] = await this.#pick(given, () => true, vscode.l10n.t('Inspect Network'));
      if (node === undefined) return;
      const { Id, Name } = node.network;
      await vscode.window.showTextDocument(inspectUri('networks', Id, Name), { preview: true });
    });
    on(Command.removeNetwork, vscode.l10n.t('Remove Network'), (docker, given) => this.#remove(docker, given));
    on(Command.pruneNetworks, vscode.l10n.t('Prune Networks'), (docker) => this.#prune(docker));
  }

  async #create(docker: Docker): Promise<void> {
    const taken = new Set((await this.networks.load()).map(({ Name }) => Name));
    const name = await vscode.window.showInputBox({
      title: vscode.l10n.t('Create Network'),
      prompt: vscode.l10n.t('Name of the network; its containers reach each other by their names'),
      validateInput: (text) => {
        if (taken.has(text)) return vscode.l10n.t('There is a network “{0}” already.', text);
        return NAME.test(text) ? undefined : vscode.l10n.t('Letters, digits, dots, dashes or underscores.');
      },
    });
    if (name === undefined) return;
    await docker.createNetwork({ Name: name, Driver: 'bridge', CheckDuplicate: true });
    await this.networks.refresh();
  }

  async #remove(docker: Docker, given: readonly unknown[]): Promise<void> {
    const nodes = await this.#pick(given, isRemovable, vscode.l10n.t('Remove Network'));
    if (nodes.length === 0) return;
    const question = vscode.l10n.t('Remove {0}?', nodes.map(({ network }) => `“${network.Name}”`).join(', '));
    if (!(await confirmRemoval(question, vscode.l10n.t('No container may be connected to it.')))) return;
    for (const { network } of nodes)
      await this.reporter.run(vscode.l10n.t('Remove “{0}”', network.Name), () =>
        inView('lapstrake.networks', () => docker.getNetwork(network.Id).remove()),
      );
  }

  async #prune(docker: Docker): Promise<void> {
    const title = vscode.l10n.t('Prune Networks');
    const [networks, containers] = await Promise.all([this.networks.refresh(), this.containers.load()]);
    const candidates = networks
      .filter((network) => isRemovable(network) && membersOf(network, containers).length === 0)
      .map(({ Id, Name, Driver }) => ({
        ...{ id: Id, label: Name, description: Driver, goes: true },
        group: vscode.l10n.t('Without containers'),
      }));
    if (candidates.length === 0) {
      void vscode.window.showInformationMessage(vscode.l10n.t('There is nothing to prune: every network is in use.'));
      return;
    }
    const chosen = await choosePruned(title, candidates, () => undefined);
    if (chosen === undefined || chosen.length === 0) return;
    const removal = await removeEach(title, 'lapstrake.networks', chosen, ({ id }) => docker.getNetwork(id).remove());
    announceRemoval(
      removal,
      removal.removed.length === 1
        ? vscode.l10n.t('one network')
        : vscode.l10n.t('{0} networks', removal.removed.length),
    );
  }

  #pick(
    given: readonly unknown[],
    suits: (network: NetworkInspectInfo) => boolean,
    title: string,
  ): Promise<readonly NetworkNode[]> {
    const offered = async () =>
      (await this.networks.load()).filter(suits).map((network) => ({
        ...{ label: network.Name, description: network.Driver },
        node: { kind: 'network', network } as const,
      }));
    return pickRows<NetworkNode>(given, 'network', offered, title);
  }
}
