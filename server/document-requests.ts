import type { CancellationToken, Connection, TextDocuments } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { EngineLink } from './engine-link.ts';
import { prepareStages, stagesNeededBy, stagesThatNeed } from './features/call-hierarchy.ts';
import { codeActions } from './features/code-actions.ts';
import { codeLenses } from './features/code-lenses.ts';
import { completions } from './features/completion.ts';
import { resolveCompletion } from './features/completion-resolve.ts';
import { definition } from './features/definition.ts';
import { documentLinks } from './features/document-links.ts';
import { documentSymbols } from './features/document-symbols.ts';
import { foldingRanges } from './features/folding.ts';
import { formatDocument, formatRange, formatTyped } from './features/formatting.ts';
import { hover } from './features/hover.ts';
import { inlayHints } from './features/inlay-hints.ts';
import { linkedEditing } from './features/linked-editing.ts';
import { highlights, references } from './features/references.ts';
import { prepareRename, rename } from './features/rename.ts';
import { selectionRanges } from './features/selection-ranges.ts';
import type { SemanticColours } from './features/semantic-tokens.ts';
import { signatureHelp } from './features/signature-help.ts';
import { IgnoreDocuments } from './ignore/ignore-documents.ts';
import { ignoreActions, ignoreCompletions, ignoreHints, ignoreHover, ignoreLenses } from './ignore/ignore-features.ts';
import type { IgnoreReading } from './ignore/ignore-reading.ts';
import type { Reading } from './reading.ts';
import type { Readings } from './readings.ts';
import { signalOf } from './signal.ts';

/** What requests about a document are answered from. */
export interface RequestParts {
  readonly documents: TextDocuments<TextDocument>;
  readonly readings: Readings;
  readonly engine: EngineLink;
  readonly colours: SemanticColours;
  readonly ignores: IgnoreDocuments;
}

/** Answers every request about one document from its newest reading; null for a document that is not open. */
export function answerDocumentRequests(connection: Connection, parts: RequestParts): void {
  const { documents, readings, engine, colours, ignores } = parts;
  const read = <Answer>(uri: string, answer: (reading: Reading) => Answer): Answer | null => {
    const document = documents.get(uri);
    return document === undefined || IgnoreDocuments.owns(document) ? null : answer(readings.of(document));
  };
  /** The same for requests that a .dockerignore answers, too. */
  const readEither = <Answer, Other>(
    uri: string,
    answer: (reading: Reading) => Answer,
    other: (reading: IgnoreReading) => Other,
  ): Answer | Other | null => {
    const document = documents.get(uri);
    return document && IgnoreDocuments.owns(document) ? other(ignores.of(document)) : read(uri, answer);
  };
  connection.onCompletion(({ textDocument: { uri }, position }, token) =>
    readEither(
      uri,
      (reading) => completions(reading, position, signalOf(token)),
      (reading) => ignoreCompletions(reading, position),
    ),
  );
  connection.onCompletionResolve((item) => resolveCompletion(item, engine));
  connection.onHover(({ textDocument: { uri }, position }, token) =>
    readEither(
      uri,
      async (reading) => (await hover(reading, position, signalOf(token))) ?? null,
      async (reading) => (await ignoreHover(reading, position)) ?? null,
    ),
  );
  connection.onSignatureHelp(({ textDocument: { uri }, position }) =>
    read(uri, (reading) => signatureHelp(reading, position) ?? null),
  );
  connection.onDefinition(({ textDocument: { uri }, position }) =>
    read(uri, (reading) => definition(reading, position) ?? null),
  );
  connection.onReferences(({ textDocument: { uri }, position, context }) =>
    read(uri, (reading) => references(reading, position, context)),
  );
  connection.onDocumentHighlight(({ textDocument: { uri }, position }) =>
    read(uri, (reading) => highlights(reading, position)),
  );
  connection.onPrepareRename(({ textDocument: { uri }, position }) =>
    read(uri, (reading) => prepareRename(reading, position)),
  );
  connection.onRenameRequest(({ textDocument: { uri }, position, newName }) =>
    read(uri, (reading) => rename(reading, position, newName)),
  );
  connection.languages.onLinkedEditingRange(({ textDocument: { uri }, position }) =>
    read(uri, (reading) => linkedEditing(reading, position) ?? null),
  );
  connection.onDocumentSymbol(({ textDocument: { uri } }) => read(uri, documentSymbols));
  connection.onFoldingRanges(({ textDocument: { uri } }) => read(uri, foldingRanges));
  connection.onSelectionRanges(({ textDocument: { uri }, positions }) =>
    read(uri, (reading) => selectionRanges(reading, positions)),
  );
  connection.onDocumentLinks(({ textDocument: { uri } }) => read(uri, documentLinks));
  connection.onCodeAction(({ textDocument: { uri }, range, context }) =>
    readEither(
      uri,
      (reading) => codeActions(reading, range, context),
      (reading) => ignoreActions(reading, context.diagnostics),
    ),
  );
  connection.onCodeLens(({ textDocument: { uri } }, token) =>
    readEither(uri, (reading) => codeLenses(reading, signalOf(token)), ignoreLenses),
  );
  connection.onDocumentFormatting(({ textDocument: { uri }, options }) =>
    read(uri, (reading) => formatDocument(reading, options)),
  );
  connection.onDocumentRangeFormatting(({ textDocument: { uri }, range, options }) =>
    read(uri, (reading) => formatRange(reading, range, options)),
  );
  connection.onDocumentOnTypeFormatting(({ textDocument: { uri }, position, options }) =>
    read(uri, (reading) => formatTyped(reading, position, options)),
  );
  connection.languages.inlayHint.on(({ textDocument: { uri }, range }, token: CancellationToken) =>
    readEither(
      uri,
      (reading) => inlayHints(reading, range, signalOf(token)),
      (reading) => ignoreHints(reading, range),
    ),
  );
  connection.languages.semanticTokens.on(
    ({ textDocument: { uri } }) => read(uri, (reading) => colours.full(reading)) ?? NO_TOKENS,
  );
  connection.languages.semanticTokens.onDelta(
    ({ textDocument: { uri }, previousResultId }) =>
      read(uri, (reading) => colours.delta(reading, previousResultId)) ?? NO_TOKENS,
  );
  connection.languages.semanticTokens.onRange(
    ({ textDocument: { uri }, range }) => read(uri, (reading) => colours.range(reading, range)) ?? NO_TOKENS,
  );
  connection.languages.callHierarchy.onPrepare(({ textDocument: { uri }, position }) =>
    read(uri, (reading) => prepareStages(reading, position)),
  );
  connection.languages.callHierarchy.onIncomingCalls(({ item }) =>
    read(item.uri, (reading) => stagesThatNeed(reading, item)),
  );
  connection.languages.callHierarchy.onOutgoingCalls(({ item }) =>
    read(item.uri, (reading) => stagesNeededBy(reading, item)),
  );
}

const NO_TOKENS = { data: [] };
