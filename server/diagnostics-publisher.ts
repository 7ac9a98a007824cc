import type { Connection, TextDocuments } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { DocumentDiagnostics } from './document-diagnostics.ts';
import { kindOf } from './document-kind.ts';
import type { Reading } from './reading.ts';
import type { Readings } from './readings.ts';
import type { WrittenDiagnostics } from './written-diagnostics.ts';

/** Milliseconds without a change before a text is planned over its context. */
const PAUSE = 120;

/** Where diagnostics go. */
export interface DiagnosticsOutlet {
  /** A document has a new version. */
  changed(reading: Reading): Promise<void>;
  /** All that is to be told of the newest version. */
  planned(reading: Reading, diagnostics: WrittenDiagnostics): Promise<void>;
}

/**
 * Publishes diagnostics: at once what the text of the newest version says, and some time after the last change everything.
 * Changes that wait in line together are judged once.
 */
export class DiagnosticsPublisher {
  private readonly immediate = new Map<string, NodeJS.Immediate>();
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly connection: Connection,
    private readonly documents: TextDocuments<TextDocument>,
    private readonly readings: Readings,
    private readonly diagnostics: DocumentDiagnostics,
    private readonly outlet: DiagnosticsOutlet,
  ) {}

  /** What has ShellCheck look at a document's scripts. */
  private readonly checking = new Map<string, AbortController>();

  /** After a change of a document. */
  changed(document: TextDocument): void {
    const { uri } = document;
    clearImmediate(this.immediate.get(uri));
    const tell = async (): Promise<void> => {
      this.immediate.delete(uri);
      const newest = this.documents.get(uri);
      if (newest !== undefined) await this.outlet.changed(this.readings.of(newest));
    };
    // Two turns of the event loop: what the editor asks for together with the change is read in the first, and answered first.
    this.immediate.set(
      uri,
      setImmediate(() =>
        this.immediate.set(
          uri,
          setImmediate(() => this.told(uri, tell())),
        ),
      ),
    );
    this.plan(uri);
  }

  /** After a change of what documents are planned over. */
  planAll(): void {
    for (const document of this.documents.all()) if (kindOf(document) === 'dockerfile') this.plan(document.uri);
  }

  /** Stops what is under way for a closed document. */
  forget(uri: string): void {
    clearImmediate(this.immediate.get(uri));
    clearTimeout(this.timers.get(uri));
    this.immediate.delete(uri);
    this.timers.delete(uri);
    this.checking.get(uri)?.abort();
    this.checking.delete(uri);
    this.diagnostics.forget(uri);
  }

  dispose(): void {
    for (const each of this.checking.values()) each.abort();
    for (const each of this.immediate.values()) clearImmediate(each);
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.immediate.clear();
    this.timers.clear();
  }

  private plan(uri: string): void {
    clearTimeout(this.timers.get(uri));
    const publish = (): void => {
      this.timers.delete(uri);
      this.told(uri, this.publish(uri));
    };
    this.timers.set(uri, setTimeout(publish, PAUSE));
  }

  private told(uri: string, work: Promise<void>): void {
    work.catch((error: unknown) => this.connection.console.error(`diagnostics of ${uri}: ${String(error)}`));
  }

  private async publish(uri: string): Promise<void> {
    const document = this.documents.get(uri);
    if (document === undefined) return;
    const reading = this.readings.of(document);
    const preview = await reading.preview();
    const isNewest = (): boolean => this.documents.get(uri)?.version === reading.version && !this.timers.has(uri);
    if (isNewest()) await this.outlet.planned(reading, this.diagnostics.full(reading, preview));
    this.checking.get(uri)?.abort();
    const checking = new AbortController();
    this.checking.set(uri, checking);
    try {
      const isMore = await reading.checkScripts(checking.signal);
      if (isMore && isNewest()) await this.outlet.planned(reading, this.diagnostics.full(reading, preview));
    } catch (error) {
      if (!checking.signal.aborted) throw error;
    }
  }
}
