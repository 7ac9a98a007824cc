import * as vscode from 'vscode';
import { Command } from '../commands/ids.ts';
import type { EngineSession, EngineState } from '../engines/session.ts';
import { targetUrl } from '../engines/target.ts';

/** The status-bar item: which engine, and how it stands. */
export class EngineStatus {
  readonly #item = vscode.window.createStatusBarItem('lapstrake.engine', vscode.StatusBarAlignment.Left, 20);

  constructor(private readonly session: EngineSession) {}

  register(context: vscode.ExtensionContext): void {
    this.#item.name = vscode.l10n.t('Container Engine');
    this.#item.command = Command.engineMenu;
    context.subscriptions.push(
      this.#item,
      this.session.onDidChangeState(() => this.#show()),
      vscode.commands.registerCommand(Command.engineMenu, () => this.#menu()),
    );
    this.#show();
    this.#item.show();
  }

  #show(): void {
    const { state } = this.session;
    const { icon, text, detail } = words(state);
    this.#item.text = `$(${icon}) ${text}`;
    this.#item.accessibilityInformation = {
      label: vscode.l10n.t('Container engine: {0}, {1}', text, detail),
      role: 'button',
    };
    this.#item.backgroundColor =
      state.kind === 'unreachable' ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.tooltip = tooltip(state, targetUrl(this.session.target), detail);
    // The welcome views' conditions.
    void vscode.commands.executeCommand('setContext', 'lapstrake.engine.state', state.kind);
    void vscode.commands.executeCommand('setContext', 'lapstrake.engine.own', this.session.target.kind === 'own');
  }

  async #menu(): Promise<void> {
    const { state, target } = this.session;
    const actions = [
      ...(target.kind === 'own' && state.kind !== 'ready' && state.kind !== 'starting'
        ? [{ label: vscode.l10n.t('$(play) Start Engine'), command: Command.startEngine }]
        : []),
      { label: vscode.l10n.t('$(plug) Select Engine'), description: targetUrl(target), command: Command.selectEngine },
      { label: vscode.l10n.t('$(debug-restart) Reconnect'), command: Command.reconnect },
      {
        label: vscode.l10n.t('$(pulse) Doctor'),
        description: vscode.l10n.t('what this machine allows'),
        command: Command.doctor,
      },
      { label: vscode.l10n.t('$(output) Show Log'), command: Command.showLog },
    ];
    const { text, detail } = words(state);
    const picked = await vscode.window.showQuickPick(actions, {
      title: vscode.l10n.t('Container Engine: {0}', text),
      placeHolder: detail,
    });
    if (picked !== undefined) await vscode.commands.executeCommand(picked.command);
  }
}

function words(state: EngineState): { icon: string; text: string; detail: string } {
  switch (state.kind) {
    case 'stopped':
      return { icon: 'circle-outline', text: 'Lapstrake', detail: vscode.l10n.t('not running') };
    case 'starting':
      return { icon: 'loading~spin', text: 'Lapstrake', detail: vscode.l10n.t('starting') };
    case 'connecting':
      return { icon: 'loading~spin', text: 'Lapstrake', detail: vscode.l10n.t('connecting') };
    case 'ready':
      return {
        icon: 'layers-active',
        text: state.identity.name,
        detail: vscode.l10n.t('version {0}', state.identity.version),
      };
    case 'unreachable':
      return { icon: 'warning', text: vscode.l10n.t('No Engine'), detail: state.reason };
  }
}

function tooltip(state: EngineState, url: string, detail: string): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const rows: [string, string][] = [
    [vscode.l10n.t('State'), detail],
    [vscode.l10n.t('Address'), url],
  ];
  if (state.kind === 'ready') {
    const { identity } = state;
    rows.push([vscode.l10n.t('API'), identity.apiVersion], [vscode.l10n.t('Storage'), identity.storage]);
    if (identity.sandbox !== undefined) rows.push([vscode.l10n.t('Sandbox'), identity.sandbox]);
    for (const warning of identity.warnings) rows.push([vscode.l10n.t('Warning'), warning]);
  }
  text.appendMarkdown(`**${vscode.l10n.t('Container Engine')}**\n\n| | |\n|---|---|\n`);
  for (const [name, value] of rows) text.appendMarkdown(`| ${name} | `).appendText(value).appendMarkdown(' |\n');
  return text;
}
