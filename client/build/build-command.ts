import type { ImageInfo } from 'dockerode';
import * as vscode from 'vscode';
import { Command } from '../commands/ids.ts';
import type { EngineSession } from '../engines/session.ts';
import { apiMessage, isAbort, WorkspaceUntrusted } from '../errors.ts';
import type { Listing } from '../explorer/listing.ts';
import type { BuiltImages } from '../layers/panels.ts';
import type { EngineAuth } from '../registries/engine-auth.ts';
import type { Reporter } from '../reporter.ts';
import { runBuild } from './build.ts';
import { contextOf } from './build-context.ts';
import { StateBefore } from './failed-build.ts';
import { BuildOutput, fileName } from './output.ts';
import type { BuildFailure } from './progress.ts';
import type { BuildRequest } from './request-build.ts';
import { suggestTag, tagProblem } from './tags.ts';

const MEMORY = 'lapstrake.built';

/** Build Image: asks for a tag, builds with progress, shows a failure on its line. */
export class BuildCommand implements BuiltImages {
  readonly #output = new BuildOutput();
  readonly #problems = vscode.languages.createDiagnosticCollection('lapstrake-build');
  readonly #memory: vscode.Memento;

  constructor(
    private readonly session: EngineSession,
    private readonly images: Listing<ImageInfo>,
    private readonly auth: EngineAuth,
    private readonly reporter: Reporter,
    private readonly onBuilt: () => void,
    context: vscode.ExtensionContext,
  ) {
    this.#memory = context.workspaceState;
  }

  register(context: vscode.ExtensionContext): void {
    this.#output.register(context);
    context.subscriptions.push(
      this.#problems,
      vscode.commands.registerCommand(Command.buildImage, (given?: unknown, stage?: unknown) =>
        this.reporter.run(vscode.l10n.t('Build'), () =>
          this.#build(given, typeof stage === 'string' ? stage : undefined),
        ),
      ),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#problems.delete(document.uri);
      }),
    );
  }

  imageOf(dockerfile: vscode.Uri): string | undefined {
    return this.#memory.get<Record<string, string>>(MEMORY, {})[dockerfile.toString()];
  }

  async #build(given: unknown, stage: string | undefined): Promise<void> {
    if (!vscode.workspace.isTrusted)
      throw new WorkspaceUntrusted(vscode.l10n.t('A build runs what the Dockerfile says: trust this workspace first.'));
    const dockerfile = await chooseDockerfile(given);
    if (dockerfile === undefined) return;
    const tag = await this.#askTag(dockerfile, stage);
    if (tag === undefined) return;
    const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === dockerfile.toString());
    if (document?.isDirty) await document.save();
    this.#problems.delete(dockerfile);
    const accounts = await this.auth.forBuild();
    const request: BuildRequest = {
      dockerfile: dockerfile.fsPath,
      context: contextOf(dockerfile),
      tag,
      ...(stage === undefined ? {} : { stage }),
      ...(accounts === undefined ? {} : { accounts }),
    };
    const started = Date.now();
    this.#output.begin(dockerfile, vscode.l10n.t('Building {0} from {1}', tag, fileName(dockerfile)));
    const failure = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Building {0}', tag), cancellable: true },
      async (progress, token) => {
        const abort = new AbortController();
        const listener = token.onCancellationRequested(() => abort.abort());
        try {
          return await runBuild(await this.session.readyEngine(), request, this.#output, progress, abort.signal);
        } catch (error) {
          if (!abort.signal.aborted && !isAbort(error)) throw error;
          this.#output.print(vscode.l10n.t('Cancelled.'));
          return 'cancelled' as const;
        } finally {
          listener.dispose();
        }
      },
    );
    if (failure === 'cancelled') return;
    if (failure !== undefined) return void this.#fail(dockerfile, failure);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    this.#output.print(vscode.l10n.t('Built {0} in {1} s.', tag, seconds));
    await this.#remember(dockerfile, tag);
    this.onBuilt();
    void this.images.refresh();
    void this.#succeed(tag, seconds);
  }

  async #askTag(dockerfile: vscode.Uri, stage: string | undefined): Promise<string | undefined> {
    const folder = fileName(vscode.Uri.joinPath(dockerfile, '..'));
    const last = stage === undefined ? this.imageOf(dockerfile) : undefined;
    return vscode.window.showInputBox({
      title: stage === undefined ? vscode.l10n.t('Build Image') : vscode.l10n.t('Build Stage “{0}”', stage),
      prompt: vscode.l10n.t('Name and tag of the image'),
      value: last ?? suggestTag(folder, stage),
      validateInput: tagProblem,
    });
  }

  async #succeed(tag: string, seconds: string): Promise<void> {
    const run = vscode.l10n.t('Run');
    const layers = vscode.l10n.t('Show Layers');
    const chosen = await vscode.window.showInformationMessage(
      vscode.l10n.t('Built “{0}” in {1} s.', tag, seconds),
      run,
      layers,
    );
    if (chosen === run) await vscode.commands.executeCommand(Command.runImage, tag);
    if (chosen === layers) await vscode.commands.executeCommand(Command.showImageLayers, tag);
  }

  async #fail(dockerfile: vscode.Uri, failure: BuildFailure): Promise<void> {
    const line = failure.line;
    this.#output.print(failure.message, dockerfile, line);
    if (line !== undefined) {
      const range = new vscode.Range(line - 1, 0, line - 1, Number.MAX_SAFE_INTEGER);
      const problem = new vscode.Diagnostic(range, failure.message, vscode.DiagnosticSeverity.Error);
      problem.source = 'Lapstrake Build';
      this.#problems.set(dockerfile, [problem]);
    }
    const go = vscode.l10n.t('Go to Line');
    const show = vscode.l10n.t('Show Output');
    const enter = vscode.l10n.t('Open Shell Before It');
    const before =
      failure.stateBefore === undefined
        ? undefined
        : new StateBefore(this.session, failure.stateBefore, (message) => this.#output.print(message));
    const where = line === undefined ? '' : ` (${fileName(dockerfile)}:${line})`;
    const chosen = await vscode.window.showErrorMessage(
      vscode.l10n.t('Build failed{0}: {1}', where, apiMessage(failure.message)),
      ...(line === undefined ? [] : [go]),
      show,
      ...(before === undefined ? [] : [enter]),
    );
    if (chosen === enter) before?.enter(line);
    else before?.leave();
    if (chosen === show) this.#output.channel.show(true);
    if (chosen === go && line !== undefined)
      await vscode.window.showTextDocument(dockerfile, { selection: new vscode.Range(line - 1, 0, line - 1, 0) });
  }

  #remember(dockerfile: vscode.Uri, tag: string): Thenable<void> {
    const known = this.#memory.get<Record<string, string>>(MEMORY, {});
    return this.#memory.update(MEMORY, { ...known, [dockerfile.toString()]: tag });
  }
}

/** The file given by a menu or a CodeLens, the one in the editor, or one of the workspace's. */
async function chooseDockerfile(given: unknown): Promise<vscode.Uri | undefined> {
  if (given instanceof vscode.Uri) return given;
  if (typeof given === 'string') return vscode.Uri.parse(given);
  const active = vscode.window.activeTextEditor?.document;
  if (active?.languageId === 'dockerfile' && active.uri.scheme === 'file') return active.uri;
  const found = await vscode.workspace.findFiles(
    '**/{[Dd]ockerfile,[Cc]ontainerfile,*.[Dd]ockerfile,[Dd]ockerfile.*,[Cc]ontainerfile.*}',
    '**/node_modules/**',
    200,
  );
  const files = found.filter((uri) => !uri.path.endsWith('.dockerignore'));
  if (files.length === 0) throw new Error(vscode.l10n.t('There is no Dockerfile in this workspace.'));
  if (files.length === 1) return files[0];
  const picked = await vscode.window.showQuickPick(
    files
      .map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }))
      .sort((a, b) => a.label.localeCompare(b.label)),
    { title: vscode.l10n.t('Build Image'), placeHolder: vscode.l10n.t('Dockerfile') },
  );
  return picked?.uri;
}
