import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import {
  createConnection,
  createProtocolConnection,
  type Diagnostic,
  PublishDiagnosticsNotification,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { shell } from '../core/bash/shell.test-support.ts';
import type { CacheRecord, EngineImage } from '../protocol/lsp.ts';
import { EngineCache, type EngineCacheParams, EngineImages, type EngineImagesParams } from '../protocol/lsp.ts';
import { startServer } from './server.ts';

/** What the engine of a test client has. */
export interface TestEngine {
  images?: Readonly<Record<string, EngineImage>>;
  cache?: (key: string) => CacheRecord | null;
  /** Answers wait for it. */
  until?: Promise<void>;
}

/** An editor that speaks to the real server over a pair of streams. */
export async function startClient(engine: TestEngine = {}) {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  startServer(
    createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient)),
    Promise.resolve(shell),
  );
  const client = createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
  const waiting: ((published: { uri: string; version?: number; diagnostics: Diagnostic[] }) => void)[] = [];
  let refreshed = 0;
  client.onNotification(PublishDiagnosticsNotification.type, (params) => {
    for (const each of waiting.splice(0)) each(params);
  });
  client.onRequest('workspace/codeLens/refresh', () => {
    refreshed++;
    return null;
  });
  client.onRequest(EngineImages, async ({ references }: EngineImagesParams) => {
    await engine.until;
    return { images: Object.fromEntries(references.map((name) => [name, engine.images?.[name] ?? null])) };
  });
  client.onRequest(EngineCache, ({ keys }: EngineCacheParams) => ({
    records: Object.fromEntries(keys.map((key) => [key, engine.cache?.(key) ?? null])),
  }));
  client.listen();
  await client.sendRequest('initialize', {
    processId: null,
    rootUri: null,
    capabilities: { workspace: { codeLens: { refreshSupport: true } } },
  });
  await client.sendNotification('initialized', {});
  let version = 0;
  const published = () =>
    new Promise<Diagnostic[]>((resolve) => waiting.push(({ diagnostics }) => resolve(diagnostics)));
  return {
    connection: client,
    published,
    refreshCount: () => refreshed,
    uriOf: (file: string) => pathToFileURL(file).href,
    /** Opens a document, and gives what is said of it. */
    async open(uri: string, text: string): Promise<Diagnostic[]> {
      const next = published();
      version++;
      const textDocument = { uri, languageId: 'dockerfile', version, text };
      await client.sendNotification('textDocument/didOpen', { textDocument });
      return next;
    },
    /** Replaces a document's text, and gives what is said of it then. */
    async change(uri: string, text: string): Promise<Diagnostic[]> {
      const next = published();
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
