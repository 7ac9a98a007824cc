import type Docker from 'dockerode';
import type { ContainerInfo, ImageInfo } from 'dockerode';
import * as vscode from 'vscode';
import { Command } from '../commands/ids.ts';
import { pickImage } from '../commands/pick.ts';
import type { EngineSession } from '../engines/session.ts';
import { explain } from '../errors.ts';
import { containerName } from '../explorer/containers.ts';
import type { Listing } from '../explorer/listing.ts';
import { WORKSPACE_LABEL } from '../explorer/workspace-label.ts';
import type { RemedyActions, Reporter } from '../reporter.ts';
import { AttachedTerminal } from '../terminals/attached-terminal.ts';
import { startAttached } from '../terminals/shell.ts';
import { choosePorts } from './choose-ports.ts';
import { containerNameFor, freeName } from './names.ts';
import { defaultMappings, type PortMapping, portBindings } from './ports.ts';

/** A container that ends this soon after its start has most likely failed. Milliseconds. */
const SETTLE = 1200;

/** Run and Run Interactive. */
export class RunCommands {
  constructor(
    private readonly session: EngineSession,
    private readonly images: Listing<ImageInfo>,
    private readonly containers: Listing<ContainerInfo>,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(
      vscode.commands.registerCommand(Command.runImage, (...given: unknown[]) => this.#run(given)),
      vscode.commands.registerCommand(Command.runImageInteractive, (...given: unknown[]) => this.#interactive(given)),
    );
  }

  async #run(given: readonly unknown[]): Promise<void> {
    const title = vscode.l10n.t('Run');
    await this.reporter.run(title, async () => {
      const docker = await this.session.ready();
      const reference =
        typeof given[0] === 'string' ? given[0] : (await pickImage(this.images, given, title))?.reference;
      if (reference === undefined) return;
      const image = await docker.getImage(reference).inspect();
      await this.#publish(docker, reference, defaultMappings(image.Config.ExposedPorts));
    });
  }

  /** Chooses ports, creates and starts; a port that is taken after all is chosen anew. */
  async #publish(docker: Docker, reference: string, wanted: readonly PortMapping[], name?: string): Promise<void> {
    const mappings = await choosePorts(wanted, this.session.target.kind !== 'tcp');
    if (mappings === undefined) return;
    const chosen = name ?? (await this.#name(reference));
    const again: RemedyActions = {
      'choose-port': async (port) => {
        const busy = mappings.map((mapping) => (String(mapping.host) === port ? { ...mapping, host: -1 } : mapping));
        await this.reporter.run(vscode.l10n.t('Run'), () => this.#publish(docker, reference, busy, chosen));
      },
      'remove-existing': async (existing) => {
        await docker.getContainer(existing).remove({ force: true });
        await this.#publish(docker, reference, mappings, chosen);
      },
    };
    await this.reporter.run(
      vscode.l10n.t('Run “{0}”', reference),
      () => this.#start(docker, reference, mappings, chosen),
      again,
    );
  }

  async #start(docker: Docker, reference: string, mappings: readonly PortMapping[], name: string): Promise<void> {
    const { ExposedPorts, PortBindings } = portBindings(mappings);
    const container = await docker.createContainer({
      name,
      Image: reference,
      ExposedPorts,
      Labels: workspaceLabels(),
      HostConfig: { PortBindings },
    });
    try {
      await container.start();
    } catch (error) {
      await container.remove({ force: true }).catch(() => undefined);
      throw error;
    }
    const ended = await endsWithin(container, SETTLE);
    const info = (await this.containers.refresh()).find((candidate) => candidate.Id === container.id);
    if (info !== undefined) void announce(info, ended);
  }

  async #interactive(given: readonly unknown[]): Promise<void> {
    const title = vscode.l10n.t('Run Interactive');
    await this.reporter.run(title, async () => {
      const docker = await this.session.ready();
      const node = await pickImage(this.images, given, title);
      if (node === undefined) return;
      const image = await docker.getImage(node.reference).inspect();
      const mappings = await choosePorts(
        defaultMappings(image.Config.ExposedPorts),
        this.session.target.kind !== 'tcp',
      );
      if (mappings === undefined) return;
      const name = await this.#name(node.reference);
      const terminal = new AttachedTerminal(
        async (size, signal) => {
          const { ExposedPorts, PortBindings } = portBindings(mappings);
          const container = await docker.createContainer({
            ...{ name, Image: node.reference, ExposedPorts, Labels: workspaceLabels() },
            ...{ Tty: true, OpenStdin: true, StdinOnce: true },
            ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true },
            Env: ['TERM=xterm-256color'],
            HostConfig: { PortBindings, AutoRemove: true },
          });
          return startAttached(docker, container.id, size, signal);
        },
        (error) => explain(error, title).message,
      );
      vscode.window
        .createTerminal({ name, pty: terminal, iconPath: new vscode.ThemeIcon('package'), isTransient: true })
        .show();
    });
  }

  async #name(reference: string): Promise<string> {
    const taken = new Set((await this.containers.refresh()).map(containerName));
    return freeName(containerNameFor(reference), taken);
  }
}

/** Says which folder a container was run from, so that the explorer can show only those of this workspace. */
function workspaceLabels(): Record<string, string> {
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  return folder === undefined ? {} : { [WORKSPACE_LABEL]: folder.uri.fsPath };
}

/** The exit code where the container ends within that time, in milliseconds; else undefined. */
async function endsWithin(container: Docker.Container, milliseconds: number): Promise<number | undefined> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), milliseconds);
  try {
    const { StatusCode }: { StatusCode: number } = await container.wait({ abortSignal: abort.signal });
    return StatusCode;
  } catch (error) {
    if (abort.signal.aborted) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function announce(container: ContainerInfo, ended: number | undefined): Promise<void> {
  const name = containerName(container);
  const node = { kind: 'container', container } as const;
  const logs = vscode.l10n.t('View Logs');
  const browser = vscode.l10n.t('Open in Browser');
  if (ended !== undefined) {
    const message = vscode.l10n.t('“{0}” ended at once with exit code {1}.', name, ended);
    const show = ended === 0 ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
    if ((await show(message, logs)) === logs) await vscode.commands.executeCommand(Command.viewLogs, node);
    return;
  }
  const ports = (container.Ports ?? []).filter((port) => port.PublicPort);
  const where = [...new Set(ports.map((port) => port.PublicPort))].join(', ');
  const message =
    where === ''
      ? vscode.l10n.t('“{0}” is running.', name)
      : vscode.l10n.t('“{0}” is running on port {1}.', name, where);
  const chosen = await vscode.window.showInformationMessage(message, ...(where === '' ? [] : [browser]), logs);
  if (chosen === browser) await vscode.commands.executeCommand(Command.openInBrowser, node);
  if (chosen === logs) await vscode.commands.executeCommand(Command.viewLogs, node);
}
