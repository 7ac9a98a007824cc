import type { ContainerInfo } from 'dockerode';
import * as vscode from 'vscode';
import { formatSize } from '../../core/image/size.ts';
import { Command } from '../commands/ids.ts';
import { inView } from '../commands/progress.ts';
import type { EngineSession } from '../engines/session.ts';
import { containerName } from '../explorer/containers.ts';
import type { Reporter } from '../reporter.ts';
import { choosePruned, freedText, sumOf } from './preview.ts';
import { announceRemoval, removeEach } from './remove-each.ts';

/** Prune of containers that do not run, with what each wrote. */
export class ContainerPruneCommand {
  constructor(
    private readonly session: EngineSession,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(vscode.commands.registerCommand(Command.pruneContainers, () => this.#prune()));
  }

  async #prune(): Promise<void> {
    const title = vscode.l10n.t('Prune Containers');
    await this.reporter.run(title, async () => {
      const docker = await this.session.ready();
      const all = await inView('lapstrake.containers', () => docker.listContainers({ all: true, size: true }));
      const candidates = all
        .filter(({ State }) => State === 'exited' || State === 'created' || State === 'dead')
        .map((container) => ({
          ...{ id: container.Id, label: containerName(container), bytes: sizeOf(container), goes: true },
          description: [
            container.Image,
            container.Status,
            vscode.l10n.t('wrote {0}', formatSize(sizeOf(container))),
          ].join(' · '),
          group: vscode.l10n.t('Not running'),
        }));
      if (candidates.length === 0) {
        void vscode.window.showInformationMessage(vscode.l10n.t('There is nothing to prune: every container runs.'));
        return;
      }
      const freed = (chosen: typeof candidates) => sumOf(chosen.map(({ bytes }) => bytes));
      const chosen = await choosePruned(title, candidates, (some) => freed([...some]));
      if (chosen === undefined || chosen.length === 0) return;
      const removal = await removeEach(title, 'lapstrake.containers', chosen, ({ id }) =>
        docker.getContainer(id).remove({ v: true }),
      );
      const what =
        removal.removed.length === 1
          ? vscode.l10n.t('one container')
          : vscode.l10n.t('{0} containers', removal.removed.length);
      announceRemoval(removal, what, freedText(freed([...removal.removed])));
    });
  }
}

/** Bytes that the container wrote over its image. Docker leaves the figure out where it is zero. */
function sizeOf(container: ContainerInfo): number {
  const size = 'SizeRw' in container ? container.SizeRw : undefined;
  return typeof size === 'number' ? size : 0;
}
