import { type ClientCapabilities, type ServerCapabilities, TextDocumentSyncKind } from 'vscode-languageserver/node';
import { ACTION_KINDS } from './features/code-actions.ts';
import { TRIGGERS } from './features/completion.ts';
import { TYPING_TRIGGERS } from './features/formatting.ts';
import { LEGEND } from './features/semantic-tokens.ts';
import { SIGNATURE_TRIGGERS } from './features/signature-help.ts';

/** What the server does for a client; diagnostics are only pulled where the client can, else they are pushed. */
export function serverCapabilities(client: ClientCapabilities): ServerCapabilities {
  return {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
    callHierarchyProvider: true,
    codeActionProvider: { codeActionKinds: ACTION_KINDS },
    codeLensProvider: { resolveProvider: false },
    completionProvider: { triggerCharacters: [...TRIGGERS], resolveProvider: true },
    definitionProvider: true,
    documentFormattingProvider: true,
    documentHighlightProvider: true,
    documentLinkProvider: {},
    documentOnTypeFormattingProvider: {
      firstTriggerCharacter: TYPING_TRIGGERS.first,
      moreTriggerCharacter: TYPING_TRIGGERS.more,
    },
    documentRangeFormattingProvider: true,
    documentSymbolProvider: true,
    foldingRangeProvider: true,
    hoverProvider: true,
    inlayHintProvider: true,
    linkedEditingRangeProvider: true,
    referencesProvider: true,
    renameProvider: { prepareProvider: true },
    selectionRangeProvider: true,
    semanticTokensProvider: { legend: LEGEND, full: { delta: true }, range: true },
    signatureHelpProvider: { triggerCharacters: [...SIGNATURE_TRIGGERS] },
    workspaceSymbolProvider: true,
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    ...(pullsDiagnostics(client) && {
      diagnosticProvider: { identifier: 'lapstrake', interFileDependencies: false, workspaceDiagnostics: true },
    }),
  };
}

/** Whether the client asks for diagnostics itself, and can be told to ask again. */
export function pullsDiagnostics({ textDocument, workspace }: ClientCapabilities): boolean {
  return textDocument?.diagnostic !== undefined && workspace?.diagnostics?.refreshSupport === true;
}
