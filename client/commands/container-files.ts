import { basename } from 'node:path';
import type Docker from 'dockerode';
import type { ContainerInfo } from 'dockerode';
import * as vscode from 'vscode';
import { familiarName, parseReference } from '../../core/image/reference.ts';
import { formatSize } from '../../core/image/size.ts';
import { tagProblem } from '../build/tags.ts';
import { requestStream } from '../engines/docker.ts';
import type { EngineSession } from '../engines/session.ts';
import { containerName } from '../explorer/containers.ts';
import type { Listing } from '../explorer/listing.ts';
import type { Reporter } from '../reporter.ts';
import { chooseTarget, writing } from './files.ts';
import { Command, type CommandId } from './ids.ts';
import { pickContainers } from './pick.ts';
import { whileShown } from './progress.ts';
import { saveStream } from './save-stream.ts';

/** What a container's name may be (dockerd's rule). */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** What is made of a container: an image (Commit), an archive (Export), another name (Rename). */
export class ContainerFileCommands {
  constructor(
    private readonly session: EngineSession,
    private readonly containers: Listing<ContainerInfo>,
    private readonly onImages: () => void,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    const on = (command: CommandId, title: string, act: (docker: Docker, container: ContainerInfo) => Promise<void>) =>
      context.subscriptions.push(
        vscode.commands.registerCommand(command, (...given: unknown[]) =>
          this.reporter.run(title, async () => {
            const docker = await this.session.ready();
            const [container] = await pickContainers(this.containers, given.slice(0, 1), () => true, title);
            if (container !== undefined) await act(docker, container);
          }),
        ),
      );
    on(Command.commitContainer, vscode.l10n.t('Commit Container'), (docker, container) =>
      this.#commit(docker, container),
    );
    on(Command.exportContainer, vscode.l10n.t('Export Container'), (docker, container) =>
      exportFiles(docker, container),
    );
    on(Command.renameContainer, vscode.l10n.t('Rename Container'), (docker, container) =>
      this.#rename(docker, container),
    );
  }

  async #commit(docker: Docker, container: ContainerInfo): Promise<void> {
    const name = containerName(container);
    const title = vscode.l10n.t('Commit “{0}”', name);
    const text = await vscode.window.showInputBox({
      title: `${title} (1/2)`,
      prompt: vscode.l10n.t('Name and tag of the image that holds its files'),
      value: `${name.toLowerCase()}:latest`,
      validateInput: tagProblem,
    });
    const parsed = text === undefined ? undefined : parseReference(text);
    if (text === undefined || parsed?.ok !== true) return;
    const comment = await vscode.window.showInputBox({
      title: `${title} (2/2)`,
      prompt: vscode.l10n.t('What changed, for the history of the image; may be empty'),
    });
    if (comment === undefined) return;
    const { reference } = parsed;
    await whileShown(vscode.l10n.t('Committing {0}', text), 'lapstrake.containers', (_, signal) =>
      docker.getContainer(container.Id).commit({
        ...{ repo: familiarName(reference), tag: reference.tag ?? 'latest', pause: true, abortSignal: signal },
        ...(comment === '' ? {} : { comment }),
      }),
    );
    this.onImages();
    const run = vscode.l10n.t('Run');
    const message = vscode.l10n.t('“{0}” holds the files of “{1}”.', text, name);
    vscode.window.showInformationMessage(message, run).then(async (chosen) => {
      if (chosen === run) await vscode.commands.executeCommand(Command.runImage, text);
    });
  }

  async #rename(docker: Docker, container: ContainerInfo): Promise<void> {
    const old = containerName(container);
    const name = await vscode.window.showInputBox({
      title: vscode.l10n.t('Rename “{0}”', old),
      prompt: vscode.l10n.t('Name of the container'),
      value: old,
      validateInput: (text) =>
        NAME.test(text) ? undefined : vscode.l10n.t('Two or more letters, digits, dots, dashes or underscores.'),
    });
    if (name === undefined || name === old) return;
    await docker.getContainer(container.Id).rename({ name });
    await this.containers.refresh();
  }
}

async function exportFiles(docker: Docker, container: ContainerInfo): Promise<void> {
  const name = containerName(container);
  const target = await chooseTarget(vscode.l10n.t('Export Container'), name);
  if (target === undefined) return;
  const bytes = await whileShown(vscode.l10n.t('Exporting {0}', name), 'lapstrake.containers', async (report, signal) =>
    saveStream(
      await requestStream(docker, `/containers/${container.Id}/export`, signal),
      target,
      writing(0, report),
      signal,
    ),
  );
  void vscode.window.showInformationMessage(
    vscode.l10n.t('Exported the files of “{0}” to “{1}” ({2}).', name, basename(target), formatSize(bytes)),
  );
}
