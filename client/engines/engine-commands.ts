import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { Command } from '../commands/ids.ts';
import { DOCTOR_URI } from '../documents/doctor.ts';
import type { Reporter } from '../reporter.ts';
import { detectEngines } from './detect.ts';
import { LaunchError } from './launch.ts';
import type { EngineSession } from './session.ts';
import type { EngineSettings } from './settings.ts';
import { parseTarget, targetUrl } from './target.ts';

/** Start, select, reconnect, log, doctor. */
export class EngineCommands {
  constructor(
    private readonly session: EngineSession,
    private readonly settings: EngineSettings,
    private readonly log: vscode.LogOutputChannel,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(
      vscode.commands.registerCommand(Command.startEngine, () => this.#start()),
      vscode.commands.registerCommand(Command.reconnect, () => this.session.connect()),
      vscode.commands.registerCommand(Command.showLog, () => this.#showLog()),
      vscode.commands.registerCommand(Command.selectEngine, () => this.#select()),
      vscode.commands.registerCommand(Command.doctor, () => this.#doctor()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('lapstrake.engine') || event.affectsConfiguration('lapstrake.daemon.root'))
          this.session.connect();
      }),
    );
  }

  async #start(): Promise<void> {
    await this.reporter.run(vscode.l10n.t('Start Engine'), async () => {
      if (this.session.target.kind !== 'own') return this.session.connect();
      try {
        await this.session.start();
      } catch (error) {
        if (error instanceof LaunchError) this.log.error(`${error.message}\n${error.output}`);
        throw error;
      }
    });
  }

  /** The extension's log, and after it the end of what our engine wrote. */
  async #showLog(): Promise<void> {
    if (this.session.target.kind === 'own') {
      const bytes = await vscode.workspace.fs.readFile(vscode.Uri.file(this.settings.logFile)).then(
        (read) => read,
        () => undefined,
      );
      if (bytes !== undefined) {
        const lines = Buffer.from(bytes).toString('utf8').trimEnd().split('\n').slice(-50);
        this.log.info(`End of ${this.settings.logFile}:\n${lines.join('\n')}`);
      }
    }
    this.log.show(true);
  }

  async #select(): Promise<void> {
    const current = targetUrl(this.session.target);
    const found = await detectEngines(process.env, process.getuid?.() ?? 1000, homedir());
    const mark = (host: string) => (host === current ? `$(check) ` : '');
    const own = {
      label: `${mark(this.session.target.kind === 'own' ? current : '')}Lapstrake`,
      description: vscode.l10n.t('comes with the extension, nothing to install'),
      host: '',
    };
    const others = found.map(({ label, host }) => ({ label: `${mark(host)}${label}`, description: host, host }));
    const typed = { label: vscode.l10n.t('$(edit) Another Address…'), host: undefined };
    const separator = {
      label: vscode.l10n.t('Found on this machine'),
      kind: vscode.QuickPickItemKind.Separator,
      host: undefined,
    };
    const picked = await vscode.window.showQuickPick(
      [
        own,
        ...(others.length > 0 ? [separator, ...others] : []),
        { label: '', kind: vscode.QuickPickItemKind.Separator, host: undefined },
        typed,
      ],
      { title: vscode.l10n.t('Select Engine'), placeHolder: vscode.l10n.t('Where containers and images live') },
    );
    if (picked === undefined) return;
    const host = picked.host ?? (await this.#askHost());
    if (host === undefined) return;
    await vscode.workspace
      .getConfiguration('lapstrake')
      .update('engine.host', host === '' ? undefined : host, vscode.ConfigurationTarget.Global);
    // The settings' change connects; the same engine again is a wish to reconnect.
    if (host === current) this.session.connect();
  }

  #askHost(): Thenable<string | undefined> {
    const nowhere = { socket: '', root: '' };
    return vscode.window.showInputBox({
      title: vscode.l10n.t('Select Engine'),
      prompt: vscode.l10n.t('Address of a Docker Engine API: unix:///path, tcp://host:port or https://host:port'),
      validateInput: (text) => {
        const parsed = parseTarget(text, nowhere);
        return 'problem' in parsed ? parsed.problem : undefined;
      },
    });
  }

  async #doctor(): Promise<void> {
    await this.reporter.run(vscode.l10n.t('Doctor'), async () => {
      await this.session.ready();
      await vscode.window.showTextDocument(DOCTOR_URI, { preview: true });
    });
  }
}
