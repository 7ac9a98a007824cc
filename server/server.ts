import { homedir } from 'node:os';
import { pathToFileURL } from 'node:url';
import {
  type ClientCapabilities,
  CodeLensRefreshRequest,
  type Connection,
  type Diagnostic,
  DiagnosticRefreshRequest,
  DidChangeWatchedFilesNotification,
  type DocumentDiagnosticParams,
  DocumentDiagnosticRequest,
  type InitializeResult,
  InlayHintRefreshRequest,
  PublishDiagnosticsNotification,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { ShellReader } from '../core/shell/shell-script.ts';
import { ShellChecker } from '../core/shellcheck/shell-checker.ts';
import { EngineChanged, WorkspaceTrusted } from '../protocol/lsp.ts';
import { leftOut, pullsDiagnostics, serverCapabilities } from './capabilities.ts';
import { ClosedFiles } from './closed-files.ts';
import { configDiagnostic } from './config-diagnostics.ts';
import { Contexts } from './contexts.ts';
import { DiagnosticsPublisher } from './diagnostics-publisher.ts';
import { DocumentDiagnostics } from './document-diagnostics.ts';
import { kindOf } from './document-kind.ts';
import { answerDocumentRequests } from './document-requests.ts';
import { editorContexts } from './editor-config.ts';
import { EngineLink } from './engine-link.ts';
import { SemanticColours } from './features/semantic-tokens.ts';
import { workspaceSymbols } from './features/workspace-symbols.ts';
import { HostPackages } from './host-packages.ts';
import { IgnoreDocuments } from './ignore/ignore-documents.ts';
import { limited } from './limited-diagnostics.ts';
import { SettingsStore } from './lint-settings.ts';
import { localPath } from './local-path.ts';
import { MarkdownDocuments } from './markdown/markdown-documents.ts';
import { registerMarkdown } from './markdown/register-markdown.ts';
import { PulledDiagnostics } from './pulled-diagnostics.ts';
import { type Linter, Reading } from './reading.ts';
import { Readings } from './readings.ts';
import { Refresher } from './refresher.ts';
import { signalOf } from './signal.ts';
import type { WarmUp } from './warm-up.ts';
import { Workspace } from './workspace.ts';
import type { WrittenDiagnostics } from './written-diagnostics.ts';

/**
 * Serves the Language Server Protocol for Dockerfiles on a connection, until it closes. `loading`: the parser of the shell in
 * RUN; `warmUp`: what is to be done while nobody waits.
 */
export function startServer(connection: Connection, loading: Promise<ShellReader>, warmUp?: WarmUp): void {
  const documents = new TextDocuments(TextDocument);
  const engine = new EngineLink(connection, () => refresh());
  const contexts = new Contexts();
  const place = { home: homedir(), ...(process.env.XDG_CONFIG_HOME && { configHome: process.env.XDG_CONFIG_HOME }) };
  const settings = new SettingsStore(place, () => refresh(), {
    complain: (message) => connection.console.warn(message),
    blame: (file, problems, counts) =>
      void connection.sendDiagnostics({
        uri: pathToFileURL(file).href,
        diagnostics: problems.map((problem) => configDiagnostic(problem, counts)),
      }),
  });
  let shell: ShellReader | undefined;
  let checker: ShellChecker | undefined;
  const packages = new HostPackages();
  const linter: Linter = {
    packages,
    get shell() {
      return shell;
    },
    get checker() {
      return checker;
    },
    settingsOf: (uri) => settings.of(uri),
    ready: (uri) => settings.ready(uri),
  };
  const readings = new Readings(engine, contexts, linter);
  /** Reads a text that has no context. */
  const readApart = (uri: string, version: number, text: string): Reading =>
    new Reading(uri, version, text, undefined, engine, contexts, linter);
  const colours = new SemanticColours();
  const workspace = new Workspace();
  const closed = new ClosedFiles(workspace, linter, () => documents.keys());
  const refresher = new Refresher(connection);
  const diagnostics = new DocumentDiagnostics(() => settings.problemLimit);
  const pulled = new PulledDiagnostics(diagnostics, () => refresher.ask(DiagnosticRefreshRequest.type));
  let pulls = false;
  let editorSettings: unknown;
  /** Of a client that knows no workspace folders. */
  let rootFolder: readonly string[] = [];
  const configure = (): void => {
    const folders = workspace.paths.length > 0 ? workspace.paths : rootFolder;
    settings.configure(editorSettings, folders);
    contexts.configure(folders, editorContexts(editorSettings));
  };
  let client: ClientCapabilities = {};
  /** Settings of the folders of a workspace may differ. */
  const askFolders = async (): Promise<void> => {
    const folders = workspace.paths;
    if (client.workspace?.configuration !== true) return;
    const items = folders.map((path) => ({ scopeUri: pathToFileURL(path).href, section: 'lapstrake' }));
    const answers: unknown[] = folders.length > 1 ? await connection.workspace.getConfiguration(items) : [];
    settings.configureFolders(new Map(answers.map((lapstrake, index) => [folders[index] ?? '', { lapstrake }])));
    if (answers.length === 0) return;
    closed.touch();
    refresh();
  };
  const asked = (): void => {
    askFolders().catch((error: unknown) => connection.console.warn(`settings of folders: ${String(error)}`));
  };
  const push = ({ uri, version }: Reading, list: WrittenDiagnostics): Promise<void> =>
    connection.sendNotification(PublishDiagnosticsNotification.method, { uri, version, diagnostics: list });
  const publisher = new DiagnosticsPublisher(connection, documents, readings, diagnostics, {
    async changed(reading) {
      if (!pulls) await push(reading, diagnostics.quick(reading));
    },
    async planned(reading, list) {
      if (pulls) pulled.planned(reading, list);
      else await push(reading, list);
      warmUp?.goOn(reading, (text) => readApart('untitled:', 0, text));
    },
  });

  const shown = (list: readonly Diagnostic[]): Diagnostic[] => [...limited(list, settings.problemLimit)];
  const rootOfIgnore = (uri: string): string | undefined => contexts.rootOfIgnore(uri);
  const ignores = new IgnoreDocuments(connection, documents, rootOfIgnore, async (uri, version, list) => {
    if (pulls) refresher.ask(DiagnosticRefreshRequest.type);
    else await connection.sendDiagnostics({ uri, version, diagnostics: shown(list) });
  });
  const markdowns = new MarkdownDocuments(connection, documents, readApart, shown);

  /** Many files change at once where a package manager runs: what follows is asked for once. */
  const refresh = (): void => {
    publisher.planAll();
    markdowns.changedAll();
    refresher.ask(CodeLensRefreshRequest.type);
    refresher.ask(InlayHintRefreshRequest.type);
  };

  connection.onInitialize(async (params): Promise<InitializeResult> => {
    const { capabilities, workspaceFolders, rootUri, initializationOptions } = params;
    if (isTrusted(initializationOptions)) checker = new ShellChecker(process.env);
    client = capabilities;
    pulls = pullsDiagnostics(capabilities);
    refresher.setClient(capabilities);
    workspace.setFolders((workspaceFolders ?? []).map(({ uri }) => uri));
    const root = localPath(rootUri ?? '');
    if (root !== undefined) rootFolder = [root];
    configure();
    shell = await loading.catch((error: unknown) => {
      connection.console.error(`the parser of shell scripts was not loaded: ${String(error)}`);
      return undefined;
    });
    warmUp?.rehearse(shell);
    return {
      capabilities: serverCapabilities(capabilities, leftOut(initializationOptions)),
      serverInfo: { name: 'Lapstrake' },
    };
  });
  connection.onInitialized(() => {
    registerMarkdown(connection, client).catch((error: unknown) => connection.console.warn(String(error)));
    asked();
    if (!refresher.hasFolders) return;
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      workspace.changeFolders(
        added.map(({ uri }) => uri),
        removed.map(({ uri }) => uri),
      );
      configure();
      asked();
      closed.touch();
      refresh();
    });
  });
  documents.onDidOpen(() => closed.touch());
  const judges = { dockerfile: publisher, ignore: ignores, markdown: markdowns };
  documents.onDidChangeContent(({ document }) => {
    warmUp?.makeWay();
    judges[kindOf(document)].changed(document);
  });
  documents.onDidClose(({ document: { uri } }) => {
    readings.forget(uri);
    colours.forget(uri);
    publisher.forget(uri);
    pulled.forget(uri);
    ignores.forget(uri);
    markdowns.forget(uri);
    closed.touch();
    if (!pulls) void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
  documents.onDidSave(({ document }) => contexts.touch([document.uri]));
  connection.onNotification(DidChangeWatchedFilesNotification.type, ({ changes }) => {
    const uris = changes.map(({ uri }) => uri);
    if (settings.touch(uris)) closed.touch();
    workspace.touch(changes).then(
      (isConcerned) => isConcerned && closed.touch(),
      (error: unknown) => connection.console.error(String(error)),
    );
    if (ignores.touch(uris)) refresher.ask(CodeLensRefreshRequest.type);
    if (contexts.touch(uris)) refresh();
  });
  connection.onDidChangeConfiguration((change) => {
    editorSettings = change.settings;
    configure();
    asked();
    closed.touch();
    ignores.changedAll();
    refresh();
  });
  connection.onNotification(WorkspaceTrusted, () => {
    checker ??= new ShellChecker(process.env);
    closed.touch();
    refresh();
  });
  connection.onNotification(EngineChanged, () => {
    engine.forget();
    refresh();
  });

  const parts = { documents, readings, engine, packages, colours, ignores, markdowns, client: () => client };
  answerDocumentRequests(connection, parts);
  connection.onRequest(DocumentDiagnosticRequest.method, (params: DocumentDiagnosticParams): object => {
    const { uri } = params.textDocument;
    const document = documents.get(uri);
    if (document === undefined) return NOTHING;
    if (kindOf(document) === 'ignore') return { kind: 'full' as const, items: shown(ignores.diagnostics(uri)) };
    return pulled.answer(readings.of(document), params.previousResultId);
  });
  connection.languages.diagnostics.onWorkspace(async ({ previousResultIds }, token) => ({
    items: await closed.diagnostics(previousResultIds, signalOf(token)),
  }));
  connection.onWorkspaceSymbol(async ({ query }, token) => [
    ...documents
      .all()
      .filter((each) => kindOf(each) === 'dockerfile')
      .flatMap((document) => workspaceSymbols(document.uri, readings.of(document).dockerfile, query)),
    ...(await closed.symbols(query, signalOf(token))),
  ]);
  connection.onShutdown(() => {
    refresher.dispose();
    publisher.dispose();
    warmUp?.stop();
    ignores.dispose();
    markdowns.dispose();
    closed.touch();
  });

  documents.listen(connection);
  connection.listen();
}

const NOTHING = { kind: 'full' as const, items: [] };

/** Whether the editor says that the workspace is trusted. */
function isTrusted(options: unknown): boolean {
  return typeof options === 'object' && options !== null && 'trusted' in options && options.trusted === true;
}
