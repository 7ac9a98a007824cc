import type {
  CancellationToken,
  ClientCapabilities,
  Connection,
  Position,
  TextDocumentPositionParams,
  TextDocuments,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Range } from '../core/dockerfile/ast.ts';
import { DockerfileStages, type DockerfileStagesParams, type DockerfileStagesResult } from '../protocol/lsp.ts';
import { kindOf } from './document-kind.ts';
import type { EngineLink } from './engine-link.ts';
import { prepareStages, stagesNeededBy, stagesThatNeed } from './features/call-hierarchy.ts';
import { codeActions } from './features/code-actions.ts';
import { codeLenses } from './features/code-lenses.ts';
import { completions } from './features/completion.ts';
import { listOf, shapedFor } from './features/completion-list.ts';
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
import { stageGraph } from './features/stage-graph.ts';
import type { HostPackages } from './host-packages.ts';
import { ignoreCompletions } from './ignore/ignore-completion.ts';
import type { IgnoreDocuments } from './ignore/ignore-documents.ts';
import { ignoreActions, ignoreHints, ignoreHover, ignoreLenses } from './ignore/ignore-features.ts';
import type { IgnoreReading } from './ignore/ignore-reading.ts';
import type { MarkdownDocuments } from './markdown/markdown-documents.ts';
import { NewestAnswers } from './newest-answers.ts';
import type { Reading } from './reading.ts';
import type { Readings } from './readings.ts';
import { signalOf } from './signal.ts';

/** What requests about a document are answered from. */
export interface RequestParts {
  readonly documents: TextDocuments<TextDocument>;
  readonly readings: Readings;
  readonly engine: EngineLink;
  readonly packages: HostPackages;
  readonly colours: SemanticColours;
  readonly ignores: IgnoreDocuments;
  readonly markdowns: MarkdownDocuments;
  /** What the client can; known once it has said that. */
  readonly client: () => ClientCapabilities;
}

/** Answers every request about one document from its newest reading; null for a document that is not open. */
export function answerDocumentRequests(connection: Connection, parts: RequestParts): void {
  const { documents, readings, engine, packages, colours, ignores, markdowns, client } = parts;
  const newest = new NewestAnswers(documents, readings);
  const read = <Answer>(uri: string, answer: (reading: Reading) => Answer): Answer | null => {
    const document = documents.get(uri);
    return document === undefined || kindOf(document) !== 'dockerfile' ? null : answer(readings.of(document));
  };
  /** The same for requests that a .dockerignore answers, too. */
  const readEither = <Answer, Other>(
    uri: string,
    answer: (reading: Reading) => Answer,
    other: (reading: IgnoreReading) => Other,
  ): Answer | Other | null => {
    const document = documents.get(uri);
    return document && kindOf(document) === 'ignore' ? other(ignores.of(document)) : read(uri, answer);
  };
  /** What may have to wait, about a range. */
  const inRange = <Answer>(
    reading: Reading,
    { start, end }: Range,
    answer: (reading: Reading, range: Range) => Promise<Answer>,
    token: CancellationToken,
  ) => newest.of(reading, [start, end] as const, (now, [from, to]) => answer(now, { start: from, end: to }), token);
  /** The same as `readEither` for requests about a place, which a Dockerfile in Markdown answers, too. */
  const readAt = async <Answer, Other = null>(
    { textDocument: { uri }, position }: TextDocumentPositionParams,
    answer: (reading: Reading, position: Position) => Answer | Promise<Answer>,
    other: (reading: IgnoreReading) => Other | Promise<Other> | null = () => null,
    token?: CancellationToken,
  ): Promise<Answer | Other | null> => {
    const document = documents.get(uri);
    if (document === undefined || kindOf(document) !== 'markdown') {
      const here = [position] as const;
      return readEither(uri, (reading) => newest.of(reading, here, (now, [at]) => answer(now, at), token), other);
    }
    const place = markdowns.at(document, position);
    return place === undefined ? null : place.out(await answer(place.reading, place.into(position)));
  };
  connection.onCompletion(async (params, token) => {
    const list = await readAt(
      params,
      async (reading, position) =>
        listOf(await completions(reading, position, signalOf(token), params.context?.triggerCharacter)),
      async (reading) => listOf(await ignoreCompletions(reading, params.position)),
      token,
    );
    const { textDocument, position } = params;
    const end = { line: position.line + 1, character: 0 };
    const rest = documents.get(textDocument.uri)?.getText({ start: position, end }) ?? '';
    return list && shapedFor(client(), list, position, rest);
  });
  connection.onCompletionResolve((item) => resolveCompletion(item, { engine, packages }));
  connection.onHover((params, token) =>
    readAt(
      params,
      async (reading, position) => (await hover(reading, position, signalOf(token))) ?? null,
      async (reading) => (await ignoreHover(reading, params.position)) ?? null,
      token,
    ),
  );
  connection.onSignatureHelp((params) =>
    readAt(params, (reading, position) => signatureHelp(reading, position) ?? null),
  );
  connection.onDefinition((params) => readAt(params, (reading, position) => definition(reading, position) ?? null));
  connection.onReferences((params) =>
    readAt(params, (reading, position) => references(reading, position, params.context)),
  );
  connection.onDocumentHighlight((params) => readAt(params, highlights));
  connection.onPrepareRename((params) => readAt(params, prepareRename));
  connection.onRenameRequest((params) =>
    readAt(params, (reading, position) => rename(reading, position, params.newName)),
  );
  connection.languages.onLinkedEditingRange((params) =>
    readAt(params, (reading, position) => linkedEditing(reading, position) ?? null),
  );
  connection.onDocumentSymbol(({ textDocument: { uri } }) => read(uri, documentSymbols));
  connection.onFoldingRanges(({ textDocument: { uri } }) => read(uri, foldingRanges));
  connection.onSelectionRanges(({ textDocument: { uri }, positions }) =>
    read(uri, (reading) => selectionRanges(reading, positions)),
  );
  connection.onDocumentLinks(({ textDocument: { uri } }) => read(uri, documentLinks));
  connection.onCodeAction(async ({ textDocument: { uri }, range, context }, token) => {
    const document = documents.get(uri);
    if (document !== undefined && kindOf(document) === 'markdown') {
      const place = markdowns.at(document, range.start);
      if (place === undefined) return null;
      const diagnostics = context.diagnostics.map((each) => ({ ...each, range: place.rangeInto(each.range) }));
      return place.out(await codeActions(place.reading, place.rangeInto(range), { ...context, diagnostics }));
    }
    return readEither(
      uri,
      (reading) => inRange(reading, range, (now, at) => codeActions(now, at, context), token),
      (reading) => ignoreActions(reading, context.diagnostics),
    );
  });
  connection.onCodeLens(({ textDocument: { uri } }, token) =>
    readEither(
      uri,
      (reading) => newest.of(reading, [], (now) => codeLenses(now, signalOf(token)), token),
      ignoreLenses,
    ),
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
      (reading) => inRange(reading, range, (now, at) => inlayHints(now, at, signalOf(token)), token),
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
  connection.onRequest(DockerfileStages, ({ uri }: DockerfileStagesParams): DockerfileStagesResult => {
    return { stages: read(uri, stageGraph) ?? [] };
  });
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
