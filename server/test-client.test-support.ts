import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import {
  type ClientCapabilities,
  createConnection,
  createProtocolConnection,
  type Diagnostic,
  PublishDiagnosticsNotification,
  RegistrationRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { shell } from '../core/bash/shell.test-support.ts';
import type { RegistryImage } from '../core/registry/registry-image.ts';
import type { CacheRecord, EngineImage, EngineImageName } from '../protocol/lsp.ts';
import {
  EngineCache,
  type EngineCacheParams,
  EngineImageNames,
  EngineImages,
  type EngineImagesParams,
  RegistryImages,
  type RegistryImagesParams,
} from '../protocol/lsp.ts';
import { startServer } from './server.ts';

/** What the engine of a test client has. */
export interface TestEngine {
  images?: Readonly<Record<string, EngineImage>>;
  names?: readonly EngineImageName[];
  cache?: (key: string) => CacheRecord | null;
  /** Answers wait for it. */
  until?: Promise<void>;
  /** What registries say, by name; null where they do not answer. */
  registry?: (name: string) => Promise<RegistryImage | null>;
}

/** What the editor can do and has open. */
export interface TestEditor {
  capabilities?: ClientCapabilities;
  folders?: readonly string[];
  /** Whether the workspace is. */
  trusted?: boolean;
}

const LENSES: ClientCapabilities = { workspace: { codeLens: { refreshSupport: true } } };

/** An editor that speaks to the real server over a pair of streams. */
export async function startClient(
  engine: TestEngine = {},
  { capabilities = LENSES, folders = [], trusted = false }: TestEditor = {},
) {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  startServer(
    createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient)),
    Promise.resolve(shell),
  );
  const client = createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
  const waiting: ((published: { uri: string; version?: number; diagnostics: Diagnostic[] }) => void)[] = [];
  let refreshed = 0;
  let diagnosticsRefreshed = 0;
  client.onNotification(PublishDiagnosticsNotification.type, (params) => {
    for (const each of waiting.splice(0)) each(params);
  });
  const registered: string[] = [];
  client.onRequest(RegistrationRequest.type, ({ registrations }) => {
    registered.push(...registrations.map(({ method }) => method));
  });
  client.onRequest('workspace/diagnostic/refresh', () => {
    diagnosticsRefreshed++;
    return null;
  });
  client.onRequest('workspace/codeLens/refresh', () => {
    refreshed++;
    return null;
  });
  client.onRequest(EngineImages, async ({ references }: EngineImagesParams) => {
    await engine.until;
    return { images: Object.fromEntries(references.map((name) => [name, engine.images?.[name] ?? null])) };
  });
  client.onRequest(RegistryImages, async ({ names }: RegistryImagesParams) => {
    const images = await Promise.all(
      names.map(async (name) => [name, (await engine.registry?.(name)) ?? null] as const),
    );
    return { images: Object.fromEntries(images) };
  });
  client.onRequest(EngineImageNames, async () => {
    await engine.until;
    return { images: engine.names ?? [] };
  });
  client.onRequest(EngineCache, ({ keys }: EngineCacheParams) => ({
    records: Object.fromEntries(keys.map((key) => [key, engine.cache?.(key) ?? null])),
  }));
  client.listen();
  await client.sendRequest('initialize', {
    processId: null,
    rootUri: null,
    capabilities,
    initializationOptions: { trusted },
    workspaceFolders: folders.map((uri) => ({ uri, name: uri.slice(uri.lastIndexOf('/') + 1) })),
  });
  await client.sendNotification('initialized', {});
  let version = 0;
  const published = () =>
    new Promise<Diagnostic[]>((resolve) => waiting.push(({ diagnostics }) => resolve(diagnostics)));
  /** What the text says comes first, what the context says after it. */
  const settled = async () => {
    await published();
    return published();
  };
  return {
    connection: client,
    published,
    refreshCount: () => refreshed,
    /** What the server asked for beyond what it said at the start. */
    registered: () => registered,
    diagnosticRefreshCount: () => diagnosticsRefreshed,
    uriOf: (file: string) => pathToFileURL(file).href,
    /** Opens a document, and gives what is said of it. */
    async open(uri: string, text: string): Promise<Diagnostic[]> {
      const next = settled();
      version++;
      const textDocument = { uri, languageId: 'dockerfile', version, text };
      await client.sendNotification('textDocument/didOpen', { textDocument });
      return next;
    },
    /** Replaces a document's text, and gives what is said of it then. */
    async change(uri: string, text: string): Promise<Diagnostic[]> {
      const next = settled();
      version++;
      await client.sendNotification('textDocument/didChange', {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      });
      return next;
    },
    async stop(): Promise<void> {
      await client.sendRequest('shutdown');
      client.end();
      client.dispose();
    },
  };
}
