import type { ContainerInfo } from 'dockerode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { EngineSession } from '../engines/session.ts';
import { containerName, imageName } from '../explorer/containers.ts';
import { pageHtml, pageOptions } from '../webviews/page.ts';
import { StatsPanel, type Subject } from './panel.ts';

const VIEW_TYPE = 'lapstrake.stats';
const State = z.object({ id: z.string(), name: z.string(), image: z.string() });

/** The Stats pages: one for each container, restored with the window. */
export class StatsPanels implements vscode.WebviewPanelSerializer {
  readonly #open = new Map<string, vscode.WebviewPanel>();

  constructor(
    private readonly session: EngineSession,
    private readonly extension: vscode.Uri,
  ) {}

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, this), {
      dispose: () => {
        for (const panel of this.#open.values()) panel.dispose();
      },
    });
  }

  /** Shows a container's page, or brings it to the front. */
  show(container: ContainerInfo): void {
    const existing = this.#open.get(container.Id);
    if (existing !== undefined) {
      existing.reveal();
      return;
    }
    const subject = { id: container.Id, name: containerName(container), image: imageName(container) };
    const panel = vscode.window.createWebviewPanel(
      VIEW_TYPE,
      vscode.l10n.t('Stats: {0}', subject.name),
      vscode.ViewColumn.Active,
      pageOptions(this.extension),
    );
    this.#fill(panel, subject);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const parsed = State.safeParse(state);
    if (!parsed.success || this.#open.has(parsed.data.id)) return panel.dispose();
    panel.webview.options = pageOptions(this.extension);
    this.#fill(panel, parsed.data);
  }

  #fill(panel: vscode.WebviewPanel, subject: Subject): void {
    panel.iconPath = vscode.Uri.joinPath(this.extension, 'media', 'icons', 'stats.svg');
    this.#open.set(subject.id, panel);
    const page = new StatsPanel(panel, this.session, subject);
    panel.onDidDispose(() => {
      page.dispose();
      this.#open.delete(subject.id);
    });
    panel.webview.html = pageHtml(panel.webview, this.extension, 'stats', panel.title);
  }
}
