import type { ImageInfo } from 'dockerode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { FromLayersPage, ToLayersPage } from '../../protocol/webviews.ts';
import { Command } from '../commands/ids.ts';
import { pickImage } from '../commands/pick.ts';
import type { EngineSession } from '../engines/session.ts';
import { explain } from '../errors.ts';
import type { Listing } from '../explorer/listing.ts';
import type { Reporter } from '../reporter.ts';
import { pageHtml, pageOptions } from '../webviews/page.ts';
import { readLayers } from './read.ts';

const VIEW_TYPE = 'lapstrake.layers';
const State = z.object({ reference: z.string() });

/** Names the image that a Dockerfile was last built to, where it was built here. */
export interface BuiltImages {
  imageOf(dockerfile: vscode.Uri): string | undefined;
}

/** The Layers pages: one for each image. */
export class LayersPanels implements vscode.WebviewPanelSerializer {
  readonly #open = new Map<string, { panel: vscode.WebviewPanel; show: (selected?: number) => void }>();

  constructor(
    private readonly session: EngineSession,
    private readonly images: Listing<ImageInfo>,
    private readonly built: BuiltImages,
    private readonly extension: vscode.Uri,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(
      vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, this),
      vscode.commands.registerCommand(Command.showImageLayers, (...given: unknown[]) => this.#fromImage(given)),
      vscode.commands.registerCommand(Command.showLayers, (uri?: unknown) => this.#fromDockerfile(uri)),
      {
        dispose: () => {
          for (const { panel } of this.#open.values()) panel.dispose();
        },
      },
    );
  }

  /** Shows the layers of an image, or brings its page to the front. */
  show(reference: string): void {
    const existing = this.#open.get(reference);
    if (existing !== undefined) {
      existing.panel.reveal();
      existing.show();
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      VIEW_TYPE,
      vscode.l10n.t('Layers: {0}', reference),
      vscode.ViewColumn.Active,
      pageOptions(this.extension),
    );
    this.#fill(panel, reference);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const parsed = State.safeParse(state);
    if (!parsed.success || this.#open.has(parsed.data.reference)) return panel.dispose();
    panel.webview.options = pageOptions(this.extension);
    this.#fill(panel, parsed.data.reference);
  }

  async #fromImage(given: readonly unknown[]): Promise<void> {
    await this.reporter.run(vscode.l10n.t('Show Layers'), async () => {
      await this.session.ready();
      const [named] = given;
      if (typeof named === 'string') return this.show(named);
      const node = await pickImage(this.images, given, vscode.l10n.t('Show Layers'));
      if (node !== undefined) this.show(node.reference);
    });
  }

  async #fromDockerfile(given: unknown): Promise<void> {
    const uri =
      given instanceof vscode.Uri
        ? given
        : typeof given === 'string'
          ? vscode.Uri.parse(given)
          : vscode.window.activeTextEditor?.document.uri;
    const reference = uri === undefined ? undefined : this.built.imageOf(uri);
    if (reference !== undefined) return this.show(reference);
    const build = vscode.l10n.t('Build Image');
    const message = vscode.l10n.t('This Dockerfile has not been built here yet: its layers are known after a build.');
    const chosen = await vscode.window.showInformationMessage(message, build, vscode.l10n.t('Choose an Image'));
    if (chosen === build) await vscode.commands.executeCommand(Command.buildImage, uri);
    else if (chosen !== undefined) await this.#fromImage([]);
  }

  #fill(panel: vscode.WebviewPanel, reference: string): void {
    const disposal = new AbortController();
    panel.iconPath = vscode.Uri.joinPath(this.extension, 'media', 'icons', 'layers.svg');
    const show = () => void this.#send(panel, reference, disposal.signal);
    this.#open.set(reference, { panel, show });
    const subscriptions = [
      panel.webview.onDidReceiveMessage((message: FromLayersPage) => {
        if (message.type === 'ready') show();
        else void vscode.env.clipboard.writeText(message.text);
      }),
      this.images.onDidChange(() => {
        if (panel.visible && this.session.state.kind === 'ready') show();
      }),
    ];
    panel.onDidDispose(() => {
      disposal.abort();
      vscode.Disposable.from(...subscriptions).dispose();
      this.#open.delete(reference);
    });
    panel.webview.html = pageHtml(panel.webview, this.extension, 'layers', panel.title);
  }

  async #send(panel: vscode.WebviewPanel, reference: string, signal: AbortSignal): Promise<void> {
    const message = await this.#read(reference, signal);
    if (!signal.aborted) await panel.webview.postMessage(message);
  }

  async #read(reference: string, signal: AbortSignal): Promise<ToLayersPage> {
    try {
      // A page that comes back with the window starts no engine.
      const docker = await this.session.connected();
      const { state } = this.session;
      if (docker === undefined || state.kind !== 'ready')
        return { type: 'failed', message: vscode.l10n.t('The engine is not connected.') };
      return { type: 'layers', layers: await readLayers(docker, state.identity, reference, signal) };
    } catch (error) {
      return { type: 'failed', message: explain(error, vscode.l10n.t('Reading the layers of {0}', reference)).message };
    }
  }
}
