import type { Container, ContainerInfo } from 'dockerode';
import * as vscode from 'vscode';
import type { EngineSession } from '../engines/session.ts';
import { statusCode } from '../errors.ts';
import { containerName } from '../explorer/containers.ts';
import type { Listing } from '../explorer/listing.ts';
import type { Reporter } from '../reporter.ts';
import { confirmRemoval } from './confirm.ts';
import { Command, type CommandId } from './ids.ts';
import { pickContainers } from './pick.ts';
import { inView } from './progress.ts';

interface Transition {
  readonly command: CommandId;
  readonly title: string;
  readonly suits: (container: ContainerInfo) => boolean;
  readonly act: (container: Container) => Promise<unknown>;
}

const inState =
  (...states: string[]) =>
  (container: ContainerInfo) =>
    states.includes(container.State);

/** Start, stop, restart, pause, unpause, kill and remove containers. */
export class LifecycleCommands {
  constructor(
    private readonly session: EngineSession,
    private readonly containers: Listing<ContainerInfo>,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    for (const transition of this.#transitions()) {
      context.subscriptions.push(
        vscode.commands.registerCommand(transition.command, (...given: unknown[]) => this.#move(transition, given)),
      );
    }
    context.subscriptions.push(
      vscode.commands.registerCommand(Command.removeContainer, (...given: unknown[]) => this.#remove(given)),
    );
  }

  #transitions(): Transition[] {
    return [
      {
        command: Command.startContainer,
        title: vscode.l10n.t('Start'),
        suits: inState('created', 'exited'),
        act: (container) => container.start(),
      },
      {
        command: Command.stopContainer,
        title: vscode.l10n.t('Stop'),
        suits: inState('running', 'paused', 'restarting'),
        act: (container) => container.stop(),
      },
      {
        command: Command.restartContainer,
        title: vscode.l10n.t('Restart'),
        suits: inState('running', 'exited', 'paused', 'restarting'),
        act: (container) => container.restart(),
      },
      {
        command: Command.pauseContainer,
        title: vscode.l10n.t('Pause'),
        suits: inState('running'),
        act: (container) => container.pause(),
      },
      {
        command: Command.unpauseContainer,
        title: vscode.l10n.t('Unpause'),
        suits: inState('paused'),
        act: (container) => container.unpause(),
      },
      {
        command: Command.killContainer,
        title: vscode.l10n.t('Kill'),
        suits: inState('running', 'paused', 'restarting'),
        act: (container) => container.kill(),
      },
    ];
  }

  async #move({ title, suits, act }: Transition, given: readonly unknown[]): Promise<void> {
    await this.reporter.run(title, async () => {
      const docker = await this.session.ready();
      const chosen = await pickContainers(this.containers, given, suits, title);
      await inView('lapstrake.containers', () =>
        Promise.all(
          chosen.map((container) =>
            this.reporter.run(`${title} “${containerName(container)}”`, () =>
              act(docker.getContainer(container.Id)).catch(ignoreNotModified),
            ),
          ),
        ),
      );
    });
  }

  async #remove(given: readonly unknown[]): Promise<void> {
    const title = vscode.l10n.t('Remove');
    await this.reporter.run(title, async () => {
      const docker = await this.session.ready();
      const chosen = await pickContainers(this.containers, given, () => true, title);
      if (chosen.length === 0) return;
      const names = chosen.map((container) => `“${containerName(container)}”`).join(', ');
      const running = chosen.some(inState('running', 'paused', 'restarting'));
      const question = running ? vscode.l10n.t('Stop and remove {0}?', names) : vscode.l10n.t('Remove {0}?', names);
      const detail = vscode.l10n.t('The files it wrote outside volumes, and its log, go with it.');
      if (!(await confirmRemoval(question, detail))) return;
      await inView('lapstrake.containers', () =>
        Promise.all(
          chosen.map((container) =>
            this.reporter.run(`${title} “${containerName(container)}”`, () =>
              docker.getContainer(container.Id).remove({ force: true, v: true }),
            ),
          ),
        ),
      );
    });
  }
}

/** 304: it is already so. */
function ignoreNotModified(error: unknown): void {
  if (statusCode(error) !== 304) throw error;
}
