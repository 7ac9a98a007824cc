import {
  type ClientCapabilities,
  CodeActionRequest,
  CompletionRequest,
  type Connection,
  DefinitionRequest,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentHighlightRequest,
  HoverRequest,
  ReferencesRequest,
  RegistrationRequest,
  RenameRequest,
  SignatureHelpRequest,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node';
import { ACTION_KINDS, FIX_ALL } from '../features/code-actions.ts';
import { TRIGGERS } from '../features/completion.ts';
import { SIGNATURE_TRIGGERS } from '../features/signature-help.ts';

const MARKDOWN = { documentSelector: [{ scheme: 'file', language: 'markdown' }] };

/** What is offered in Markdown; nothing of what is about a document as a whole, such as formatting it. */
const FEATURES: readonly (readonly [string, object])[] = [
  [DidOpenTextDocumentNotification.method, {}],
  [DidChangeTextDocumentNotification.method, { syncKind: TextDocumentSyncKind.Incremental }],
  [DidCloseTextDocumentNotification.method, {}],
  [CompletionRequest.method, { triggerCharacters: TRIGGERS, resolveProvider: true }],
  [HoverRequest.method, {}],
  [SignatureHelpRequest.method, { triggerCharacters: SIGNATURE_TRIGGERS }],
  [DefinitionRequest.method, {}],
  [ReferencesRequest.method, {}],
  [DocumentHighlightRequest.method, {}],
  [RenameRequest.method, { prepareProvider: true }],
  [CodeActionRequest.method, { codeActionKinds: ACTION_KINDS.filter((kind) => kind !== FIX_ALL) }],
];

/** Asks a client for Markdown, too, where it can be asked: what is said at the start goes for Dockerfiles only. */
export async function registerMarkdown(connection: Connection, { textDocument }: ClientCapabilities): Promise<void> {
  if (textDocument?.synchronization?.dynamicRegistration !== true || !textDocument.completion?.dynamicRegistration)
    return;
  const registrations = FEATURES.map(([method, options]) => ({
    id: `markdown/${method}`,
    method,
    registerOptions: { ...MARKDOWN, ...options },
  }));
  await connection.sendRequest(RegistrationRequest.type, { registrations });
}
