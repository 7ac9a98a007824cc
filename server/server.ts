import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  type CancellationToken,
  CodeLensRefreshRequest,
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { ShellReader } from '../core/shell/shell-script.ts';
import { EngineChanged } from '../protocol/lsp.ts';
import { Contexts } from './contexts.ts';
import { DiagnosticsPublisher } from './diagnostics-publisher.ts';
import { EngineLink } from './engine-link.ts';
import { codeActions } from './features/code-actions.ts';
import { codeLenses } from './features/code-lenses.ts';
import { completions, TRIGGERS } from './features/completion.ts';
import { definition } from './features/definition.ts';
import { documentSymbols } from './features/document-symbols.ts';
import { foldingRanges } from './features/folding.ts';
import { hover } from './features/hover.ts';
import { SettingsStore } from './lint-settings.ts';
import { Readings } from './readings.ts';

const CAPABILITIES: InitializeResult['capabilities'] = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
  codeActionProvider: { codeActionKinds: ['quickfix'] },
  codeLensProvider: { resolveProvider: false },
  completionProvider: { triggerCharacters: [...TRIGGERS] },
  definitionProvider: true,
  documentSymbolProvider: true,
  foldingRangeProvider: true,
  hoverProvider: true,
};

/** Milliseconds in which changes are gathered before the editor is to ask for lenses anew. */
const REFRESH_PAUSE = 120;

/** Serves the Language Server Protocol for Dockerfiles on a connection, until it closes; `loading`: the parser of the shell in RUN. */
export function startServer(connection: Connection, loading: Promise<ShellReader>): void {
  const documents = new TextDocuments(TextDocument);
  const engine = new EngineLink(connection, () => refresh());
  const contexts = new Contexts();
  const place = { home: homedir(), ...(process.env.XDG_CONFIG_HOME && { configHome: process.env.XDG_CONFIG_HOME }) };
  const settings = new SettingsStore(
    place,
    () => refresh(),
    (message) => connection.console.warn(message),
  );
  let shell: ShellReader | undefined;
  const readings = new Readings(engine, contexts, {
    get shell() {
      return shell;
    },
    settingsOf: (uri) => settings.of(uri),
    ready: (uri) => settings.ready(uri),
  });
  const publisher = new DiagnosticsPublisher(connection, documents, readings);
  let canRefreshLenses = false;

  let refreshing: NodeJS.Timeout | undefined;

  const refreshLenses = (): void => {
    refreshing = undefined;
    connection.sendRequest(CodeLensRefreshRequest.type).catch((error: unknown) => {
      connection.console.log(`lenses were not asked for anew: ${String(error)}`);
    });
  };
  /** Many files change at once where a package manager runs: what follows is asked for once. */
  const refresh = (): void => {
    publisher.publishAll();
    if (!canRefreshLenses) return;
    refreshing ??= setTimeout(refreshLenses, REFRESH_PAUSE);
  };

  connection.onInitialize(async ({ capabilities, workspaceFolders, rootUri }): Promise<InitializeResult> => {
    const roots = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
    settings.configure(
      undefined,
      roots.filter((uri) => uri.startsWith('file:')).map((uri) => fileURLToPath(uri)),
    );
    shell = await loading.catch((error: unknown) => {
      connection.console.error(`the parser of shell scripts was not loaded: ${String(error)}`);
      return undefined;
    });
    canRefreshLenses = capabilities.workspace?.codeLens?.refreshSupport === true;
    return { capabilities: CAPABILITIES, serverInfo: { name: 'Lapstrake' } };
  });
  documents.onDidChangeContent(({ document }) => publisher.schedule(document));
  documents.onDidClose(({ document }) => {
    readings.forget(document.uri);
    publisher.clear(document.uri);
  });
  documents.onDidSave(({ document }) => contexts.touch([document.uri]));
  connection.onNotification(DidChangeWatchedFilesNotification.type, ({ changes }) => {
    const uris = changes.map(({ uri }) => uri);
    settings.touch(uris);
    if (contexts.touch(uris)) refresh();
  });
  connection.onDidChangeConfiguration((change) => {
    settings.configure(change.settings);
    refresh();
  });
  connection.onNotification(EngineChanged, () => {
    engine.forget();
    refresh();
  });

  const of = (uri: string) => {
    const document = documents.get(uri);
    return document && readings.of(document);
  };
  connection.onCodeAction(async ({ textDocument, range, context }) => {
    const reading = of(textDocument.uri);
    return reading && codeActions(reading, range, context);
  });
  connection.onCodeLens(async ({ textDocument }, token) => {
    const reading = of(textDocument.uri);
    return reading && codeLenses(reading, signalOf(token));
  });
  connection.onCompletion(async ({ textDocument, position }, token) => {
    const reading = of(textDocument.uri);
    return reading && completions(reading, position, signalOf(token));
  });
  connection.onDefinition(({ textDocument, position }) => {
    const reading = of(textDocument.uri);
    return reading && definition(reading, position);
  });
  connection.onDocumentSymbol(({ textDocument }) => {
    const reading = of(textDocument.uri);
    return reading && documentSymbols(reading);
  });
  connection.onFoldingRanges(({ textDocument }) => {
    const reading = of(textDocument.uri);
    return reading && foldingRanges(reading);
  });
  connection.onHover(async ({ textDocument, position }, token) => {
    const reading = of(textDocument.uri);
    return reading && hover(reading, position, signalOf(token));
  });
  connection.onShutdown(() => {
    clearTimeout(refreshing);
    publisher.dispose();
  });

  documents.listen(connection);
  connection.listen();
}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
