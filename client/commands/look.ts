import type { ContainerInfo } from 'dockerode';
import * as vscode from 'vscode';
import { inspectUri } from '../documents/inspect.ts';
import type { EngineSession } from '../engines/session.ts';
import { explain } from '../errors.ts';
import { containerName } from '../explorer/containers.ts';
import type { Listing } from '../explorer/listing.ts';
import { type PublishedPort, portUrl, publishedPorts } from '../explorer/ports.ts';
import type { Reporter } from '../reporter.ts';
import type { StatsPanels } from '../stats/panels.ts';
import { AttachedTerminal } from '../terminals/attached-terminal.ts';
import { LogTerminal } from '../terminals/log-terminal.ts';
import { openShell } from '../terminals/shell.ts';
import { Command, type CommandId } from './ids.ts';
import { pickContainers } from './pick.ts';

const running = (container: ContainerInfo) => container.State === 'running';
const any = () => true;

/** What looks into a container without changing it: shell, logs, stats, inspect, browser. */
export class LookCommands {
  constructor(
    private readonly session: EngineSession,
    private readonly containers: Listing<ContainerInfo>,
    private readonly stats: StatsPanels,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    const on = (
      command: CommandId,
      title: string,
      suits: (container: ContainerInfo) => boolean,
      act: (container: ContainerInfo) => unknown,
    ) =>
      context.subscriptions.push(
        vscode.commands.registerCommand(command, (...given: unknown[]) =>
          this.reporter.run(title, async () => {
            await this.session.ready();
            for (const container of await pickContainers(this.containers, given, suits, title)) await act(container);
          }),
        ),
      );
    on(Command.openShell, vscode.l10n.t('Open Shell'), running, (container) => this.#shell(container));
    on(Command.viewLogs, vscode.l10n.t('View Logs'), any, (container) => this.#logs(container));
    on(Command.viewStats, vscode.l10n.t('Show Stats'), running, (container) => this.stats.show(container));
    on(Command.inspectContainer, vscode.l10n.t('Inspect'), any, (container) =>
      vscode.window.showTextDocument(inspectUri('containers', container.Id, containerName(container)), {
        preview: true,
      }),
    );
    on(
      Command.openInBrowser,
      vscode.l10n.t('Open in Browser'),
      (container) => publishedPorts(container.Ports ?? []).some((port) => port.protocol === 'tcp'),
      (container) => openInBrowser(container),
    );
    on(Command.copyContainerId, vscode.l10n.t('Copy ID'), any, (container) =>
      vscode.env.clipboard.writeText(container.Id),
    );
  }

  #shell(container: ContainerInfo): void {
    const terminal = new AttachedTerminal(
      async (size, signal) => openShell(await this.session.ready(), container.Id, size, signal),
      (error) => explain(error, vscode.l10n.t('Open Shell')).message,
    );
    vscode.window
      .createTerminal({
        name: containerName(container),
        pty: terminal,
        iconPath: new vscode.ThemeIcon('terminal'),
        isTransient: true,
      })
      .show();
  }

  #logs(container: ContainerInfo): void {
    const tail = vscode.workspace.getConfiguration('lapstrake').get('logs.tail', 1000);
    vscode.window
      .createTerminal({
        name: vscode.l10n.t('Logs: {0}', containerName(container)),
        pty: new LogTerminal(this.session, container.Id, tail),
        iconPath: new vscode.ThemeIcon('output'),
        isTransient: true,
      })
      .show(true);
  }
}

/** Opens the container's page; asks which port where it publishes several. */
export async function openInBrowser(container: ContainerInfo): Promise<void> {
  const ports = publishedPorts(container.Ports ?? []).filter((port) => port.protocol === 'tcp');
  const port = ports.length > 1 ? await pickPort(ports) : ports[0];
  if (port !== undefined) await vscode.env.openExternal(vscode.Uri.parse(portUrl(port)));
}

async function pickPort(ports: readonly PublishedPort[]): Promise<PublishedPort | undefined> {
  const picked = await vscode.window.showQuickPick(
    ports.map((port) => ({ label: String(port.public), description: portUrl(port), port })),
    { title: vscode.l10n.t('Open in Browser'), placeHolder: vscode.l10n.t('Port') },
  );
  return picked?.port;
}
