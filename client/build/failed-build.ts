import * as vscode from 'vscode';
import type { EngineSession } from '../engines/session.ts';
import { explain, statusCode } from '../errors.ts';
import { AttachedTerminal } from '../terminals/attached-terminal.ts';
import { SHELL, startAttached } from '../terminals/shell.ts';

/**
 * What there was before the instruction that failed: an image that the engine keeps until it is entered or left alone.
 */
export class StateBefore {
  constructor(
    private readonly session: EngineSession,
    private readonly image: string,
    private readonly log: (message: string) => void,
  ) {}

  /** Opens a terminal with a shell in it; what is changed there is gone with it. */
  enter(line: number | undefined): void {
    const where = line === undefined ? '' : vscode.l10n.t(', line {0}', line);
    const terminal = new AttachedTerminal(
      async (size, signal) => {
        const docker = await this.session.ready();
        const [program = 'sh', ...args] = SHELL;
        const creating = docker.createContainer({
          ...{ Image: this.image, Entrypoint: [program], Cmd: args, Env: ['TERM=xterm-256color'] },
          ...{ Tty: true, OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true },
          HostConfig: { AutoRemove: true },
          abortSignal: signal,
        });
        creating.catch(() => this.leave());
        const container = await creating;
        const removed = container.wait({ condition: 'removed' });
        removed.catch(() => undefined).finally(() => this.leave());
        return startAttached(docker, container.id, size, signal);
      },
      (error) => explain(error, vscode.l10n.t('Open Shell')).message,
    );
    vscode.window
      .createTerminal({
        name: vscode.l10n.t('Before the failure{0}', where),
        pty: terminal,
        iconPath: new vscode.ThemeIcon('debug-alt'),
        isTransient: true,
      })
      .show();
  }

  /** Has the engine forget it. */
  leave(): void {
    this.#remove().catch((error: unknown) => {
      // A prune may have been earlier.
      if (statusCode(error) !== 404) this.log(`the state before a failed build stays: ${String(error)}`);
    });
  }

  async #remove(): Promise<void> {
    // An engine that was stopped meanwhile is not started for this.
    const docker = await this.session.connected();
    await docker?.getImage(this.image).remove();
  }
}
