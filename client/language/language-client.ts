import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import type { LanguageFeature } from '../../protocol/lsp.ts';
import {
  type DockerfileStage,
  DockerfileStages,
  type DockerfileStagesParams,
  type DockerfileStagesResult,
  EngineCache,
  type EngineCacheParams,
  type EngineCacheResult,
  EngineChanged,
  EngineImageNames,
  type EngineImageNamesResult,
  EngineImages,
  type EngineImagesParams,
  type EngineImagesResult,
  RegistryImages,
  type RegistryImagesParams,
  RegistryNames,
  type RegistryNamesParams,
  WorkspaceTrusted,
} from '../../protocol/lsp.ts';
import { speaksLapstrake } from '../engines/identity.ts';
import type { EngineSession } from '../engines/session.ts';
import { engineCache, engineImageNames, engineImages, KnownUsers, NO_CACHE } from './answers.ts';
import { featuresOfOthers } from './other-extensions.ts';
import type { RegistryAnswers } from './registry-answers.ts';

/** Runs the language server over its standard streams, and answers what it asks of the engine. */
export class LanguageFeatures {
  #client: LanguageClient | undefined;
  readonly #users = new KnownUsers();

  constructor(
    private readonly session: EngineSession,
    private readonly registries: RegistryAnswers,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  async register(context: vscode.ExtensionContext): Promise<void> {
    const module = context.asAbsolutePath('dist/server.js');
    const args = [`--code-cache=${context.globalStorageUri.fsPath}`];
    const watcher = vscode.workspace.createFileSystemWatcher('**/*');
    const client = new LanguageClient(
      'lapstrake',
      'Lapstrake Language Server',
      {
        run: { module, args, transport: TransportKind.stdio },
        debug: { module, transport: TransportKind.stdio, options: { execArgv: ['--nolazy', '--inspect=6019'] } },
      },
      {
        documentSelector: [
          { scheme: 'file', language: 'dockerfile' },
          { scheme: 'untitled', language: 'dockerfile' },
          { scheme: 'file', language: 'dockerignore' },
        ],
        synchronize: { configurationSection: 'lapstrake', fileEvents: watcher },
        initializationOptions: { trusted: vscode.workspace.isTrusted, leaveOut: this.#leaveOut() },
      },
    );
    this.#client = client;
    client.onRequest(EngineImages, (params: EngineImagesParams) => this.#images(params));
    client.onRequest(EngineImageNames, () => this.#imageNames());
    client.onRequest(RegistryImages, (params: RegistryImagesParams) => this.registries.images(params));
    client.onRequest(RegistryNames, (params: RegistryNamesParams) => this.registries.names(params));
    client.onRequest(EngineCache, (params: EngineCacheParams) => this.#cache(params));
    context.subscriptions.push(
      watcher,
      { dispose: () => void client.dispose().catch(() => undefined) },
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#notify(WorkspaceTrusted)),
      this.session.onDidChangeState(() => this.announce()),
      this.session.onEvent((event) => {
        if (event.type === 'image' || event.type === 'builder') this.announce();
      }),
    );
    await client.start();
  }

  /** The stages of an open Dockerfile; none while the server is not there. */
  async stages(uri: string): Promise<readonly DockerfileStage[]> {
    const client = this.#client;
    if (client?.isRunning() !== true) return [];
    const params: DockerfileStagesParams = { uri };
    return (await client.sendRequest<DockerfileStagesResult>(DockerfileStages, params)).stages;
  }

  /** Tells the server that what it knows of the engine is stale. */
  announce(): void {
    this.#notify(EngineChanged);
  }

  #notify(method: string): void {
    const client = this.#client;
    if (client?.isRunning()) client.sendNotification(method).catch((error: unknown) => this.log.warn(String(error)));
  }

  /** What other extensions offer for Dockerfiles, unless all is wanted. */
  #leaveOut(): LanguageFeature[] {
    const wanted = vscode.workspace.getConfiguration('lapstrake').get('language.besideOthers');
    if (wanted === 'all') return [];
    const left = featuresOfOthers(vscode.extensions.all.map(({ id }) => id));
    if (left.length > 0) this.log.info(`Another extension offers, and so this one does not: ${left.join(', ')}`);
    return left;
  }

  async #images({ references }: EngineImagesParams): Promise<EngineImagesResult> {
    const { state } = this.session;
    if (state.kind === 'ready') {
      const { docker } = state;
      const tellsUsers = speaksLapstrake(state.identity);
      return engineImages(docker, references, tellsUsers ? (id) => this.#users.of(docker, id) : undefined);
    }
    return { images: Object.fromEntries(references.map((reference) => [reference, null])) };
  }

  async #imageNames(): Promise<EngineImageNamesResult> {
    const { state } = this.session;
    return state.kind === 'ready' ? engineImageNames(state.docker) : { images: [] };
  }

  async #cache(params: EngineCacheParams): Promise<EngineCacheResult> {
    const { state } = this.session;
    if (state.kind !== 'ready' || !speaksLapstrake(state.identity)) return NO_CACHE;
    return engineCache(state.docker, params);
  }
}
