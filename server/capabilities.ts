import { type ClientCapabilities, type ServerCapabilities, TextDocumentSyncKind } from 'vscode-languageserver/node';
import { LANGUAGE_FEATURES, type LanguageFeature } from '../protocol/lsp.ts';
import { ACTION_KINDS } from './features/code-actions.ts';
import { TRIGGERS } from './features/completion.ts';
import { TYPING_TRIGGERS } from './features/formatting.ts';
import { LEGEND } from './features/semantic-tokens.ts';
import { SIGNATURE_TRIGGERS } from './features/signature-help.ts';

/** What the server does for a client; diagnostics are only pulled where the client can, else they are pushed. */
export function serverCapabilities(
  client: ClientCapabilities,
  leaveOut: readonly LanguageFeature[] = [],
): ServerCapabilities {
  const all = allCapabilities(client);
  for (const feature of leaveOut) for (const name of PROVIDERS[feature]) delete all[name];
  return all;
}

const PROVIDERS = {
  completion: ['completionProvider'],
  hover: ['hoverProvider'],
  signatureHelp: ['signatureHelpProvider'],
  definition: ['definitionProvider'],
  highlights: ['documentHighlightProvider'],
  rename: ['renameProvider'],
  symbols: ['documentSymbolProvider'],
  folding: ['foldingRangeProvider'],
  formatting: ['documentFormattingProvider', 'documentRangeFormattingProvider', 'documentOnTypeFormattingProvider'],
  links: ['documentLinkProvider'],
  semanticTokens: ['semanticTokensProvider'],
} as const satisfies Record<LanguageFeature, readonly (keyof ServerCapabilities)[]>;

function allCapabilities(client: ClientCapabilities): ServerCapabilities {
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

/** Reads what the extension tells; what is not known is not left out. */
export function leftOut(options: unknown): readonly LanguageFeature[] {
  if (typeof options !== 'object' || options === null || !('leaveOut' in options)) return [];
  const given: unknown = options.leaveOut;
  return Array.isArray(given) ? LANGUAGE_FEATURES.filter((feature) => given.includes(feature)) : [];
}
